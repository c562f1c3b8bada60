/**
 * Starts commands on this machine, watches them with one thread, carries their output to whoever asked for them, and ends
 * them with everything they started.
 * Invariant: what is known of a run is touched by the event loop's thread only, and no run outlives its lease.
 * Called through {@link io.millrace.host.ProcessHost}: by the server of the companion, or by a node that has none.
 */
@NullMarked
package io.millrace.host.supervise;

import org.jspecify.annotations.NullMarked;
