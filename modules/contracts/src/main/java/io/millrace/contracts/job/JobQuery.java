package io.millrace.contracts.job;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.work.JobKind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs a list shows, newest first.
 *
 * @param channel absent for all channels
 * @param states empty for all
 * @param kind absent for all
 * @param labels every pair must match
 * @param since created at or after
 * @param until created before
 * @param pageSize 1 to 1000
 * @param pageToken where the previous page ended
 */
public record JobQuery(
        @Nullable ChannelName channel,
        List<JobState> states,
        @Nullable JobKind kind,
        Map<String, String> labels,
        @Nullable Instant since,
        @Nullable Instant until,
        int pageSize,
        @Nullable String pageToken) {
    public JobQuery {
        states = List.copyOf(states);
        labels = Map.copyOf(labels);
    }
}
