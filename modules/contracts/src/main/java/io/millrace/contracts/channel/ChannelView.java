package io.millrace.contracts.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.job.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A channel as its user sees it at one moment (HTTP contract, section 2).
 *
 * @param node node that owns the channel now, absent while none does
 * @param incarnation rises each time a node takes the channel over
 * @param threadsActive attempts of jobs that run now, and threads that belong to no job
 * @param processes jobs whose process runs now, and services and commands that have not ended
 */
public record ChannelView(
        ChannelName name,
        ChannelSpec spec,
        ChannelState state,
        @Nullable String node,
        long incarnation,
        JobCounts jobs,
        int threadsActive,
        int processes,
        List<Condition> conditions) {
    public ChannelView {
        conditions = conditions == null ? List.of() : List.copyOf(conditions);
    }
}
