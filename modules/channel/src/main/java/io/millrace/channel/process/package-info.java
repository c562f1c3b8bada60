/**
 * Operating system processes of a channel: started, signalled and ended by the process host of the node, under a lease that
 * is renewed while it is certain that the channel belongs to the node.
 * Invariant: no process outlives its channel's ownership by more than a lease, and none outlives the attempt it belongs to.
 * Called by workers, cleanups and services through the channel's process manager.
 */
@NullMarked
package io.millrace.channel.process;

import org.jspecify.annotations.NullMarked;
