/**
 * Cleanup of a channel: registered tasks and their executions, what is done behind every attempt, and what is done before
 * a channel is gone.
 * Invariant: a step acts only once its start is stored, an attempt is reported as ended only after its cleanup, and a
 * cleanup never claims what it did not verify.
 * Called by the channel, by workers, and by the thread manager for attempts whose worker failed.
 */
@NullMarked
package io.millrace.channel.cleanup;

import org.jspecify.annotations.NullMarked;
