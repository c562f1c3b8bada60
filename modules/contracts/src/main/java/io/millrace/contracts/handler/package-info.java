/**
 * The programming interface for Java code that runs as a job.
 * Invariant: a handler sees one attempt, through its {@link io.millrace.contracts.handler.JobContext}, and nothing
 * else of the runtime. Implemented by users and by the built-in handlers; called by the channel's workers.
 */
@NullMarked
package io.millrace.contracts.handler;

import org.jspecify.annotations.NullMarked;
