package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.work.JobKind;
import java.util.Map;

/**
 * A job as it was accepted.
 *
 * @param name for people, empty when none was given
 * @param notBeforeMillis earliest start in milliseconds since the epoch, 0 for at once
 * @param policy what decisions need of the specification
 * @param spec the whole specification as UTF-8 JSON; opaque here. Not copied: nobody writes into it
 */
public record SubmittedJob(
        JobId id,
        JobKind kind,
        String name,
        Priority priority,
        long notBeforeMillis,
        JobPolicy policy,
        Map<String, String> labels,
        byte[] spec) {
    public SubmittedJob {
        name = name == null ? "" : name;
        priority = priority == null ? Priority.MEDIUM : priority;
        policy = policy == null || policy.equals(JobPolicy.DEFAULT) ? JobPolicy.DEFAULT : policy;
        labels = labels == null ? Map.of() : Map.copyOf(labels);
    }
}
