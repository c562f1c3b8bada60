/**
 * Execution slots of a channel and the workers in them: an attempt goes in, and comes out as an outcome once everything
 * it held is returned.
 * Invariant: at most so many attempts run at once as the channel's specification says, and every attempt that was handed
 * over is reported as ended exactly once, whichever part fails.
 * Called by the channel.
 */
@NullMarked
package io.millrace.channel.thread;

import org.jspecify.annotations.NullMarked;
