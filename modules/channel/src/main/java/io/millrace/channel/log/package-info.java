/**
 * Output of attempts: pumps that cut it into lines, the channel's log store that gives every line its cursor, and the
 * node's writer that makes lines durable.
 * Invariant: a line has one cursor for ever; what is taken in is written or still in memory, and both are bounded.
 * Called by workers, process output and readers of logs.
 */
@NullMarked
package io.millrace.channel.log;

import org.jspecify.annotations.NullMarked;
