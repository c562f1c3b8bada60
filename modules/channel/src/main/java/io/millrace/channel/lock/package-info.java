/**
 * Locks of a channel: leases, their order, and who waits for whom.
 * Invariant: at most one lease of a lock at a time, and none is told of before it is stored.
 * Called by the channel, by workers for the attempts they own, and by the cleanup of attempts.
 */
@NullMarked
package io.millrace.channel.lock;

import org.jspecify.annotations.NullMarked;
