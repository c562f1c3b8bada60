package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.job.JobKind;
import java.time.Instant;

/**
 * An attempt as the channel hands it over, after its start is stored.
 *
 * @param kind what the specification asks for
 * @param spec the job's specification as stored JSON. Not copied: nobody writes into it
 * @param timeoutMillis longest run, at least 1
 * @param startedAt when its start was decided
 */
public record Attempt(AttemptId id, JobKind kind, byte[] spec, long timeoutMillis, Instant startedAt) {}
