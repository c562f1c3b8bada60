/**
 * The handlers a node knows, by name.
 * Invariant: names are unique and fixed while the node runs.
 * Called by workers, and by whoever wants to refuse an unknown handler early.
 */
@NullMarked
package io.millrace.channel.handler;

import org.jspecify.annotations.NullMarked;
