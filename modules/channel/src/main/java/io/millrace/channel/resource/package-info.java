/**
 * The ledger of everything a channel's attempts hold: amounts by type, limits, and who waits for what.
 * Invariant: an attempt holds all it asked for or nothing, and the sum of what is granted never exceeds a limit that
 * held when it was granted.
 * Called by workers and cleanups.
 */
@NullMarked
package io.millrace.channel.resource;

import org.jspecify.annotations.NullMarked;
