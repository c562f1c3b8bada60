package io.millrace.contracts.job;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.work.JobKind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A job as its user sees it at one moment (HTTP contract, section 3).
 *
 * @param specJson the specification as {@link io.millrace.contracts.ValueCodec} writes it
 * @param startedAt start of the latest attempt
 * @param attempt number of the latest attempt, 0 before the first
 * @param epoch fencing epoch of the latest attempt, 0 before the first
 * @param node node of the latest attempt
 * @param exitCode exit code of the latest attempt's process, absent while it runs, for other kinds, and when a signal
 *     ended it
 * @param signal name of the signal that ended the process, for example {@code SIGKILL}
 * @param resultJson what a handler returned, as JSON text
 * @param error why the latest attempt failed
 * @param conditions why the job waits, empty when it does not
 */
public record JobView(
        JobId id,
        ChannelName channel,
        String name,
        JobKind kind,
        JobState state,
        Priority priority,
        String specJson,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        int attempt,
        long epoch,
        @Nullable String node,
        @Nullable Integer exitCode,
        @Nullable String signal,
        @Nullable String resultJson,
        @Nullable Problem error,
        @Nullable Progress progress,
        List<Condition> conditions,
        Map<String, String> labels) {
    public JobView {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
        labels = labels == null ? Map.of() : Map.copyOf(labels);
    }
}
