/**
 * Operating system processes of attempts: started in a session of their own with a rebuilt environment, watched by one
 * thread per node, held to the limits their jobs declare, ended as a whole group, and killed by a companion if the node
 * dies.
 * Invariant: no process outlives the attempt it belongs to, as far as it stayed in its process group, or whatever it does
 * if the attempt has a control group.
 * Called by workers and cleanups through the channel's process manager.
 */
@NullMarked
package io.millrace.channel.process;

import org.jspecify.annotations.NullMarked;
