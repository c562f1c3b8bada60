package io.millrace.contracts.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.job.Condition;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The deletion of a channel, while it goes on and for a week afterwards (HTTP contract, section 2).
 *
 * @param endedAt when nothing of the channel was left, absent while it goes on
 * @param resultJson what was cleaned up and given back, as JSON text in the form of an executed cleanup; absent while it
 *     goes on
 * @param conditions of the channel, which say what keeps it from being deleted
 */
public record ChannelDeletion(
        Reference reference,
        @Nullable Instant endedAt,
        @Nullable String resultJson,
        List<Condition> conditions) {
    public ChannelDeletion {
        conditions = List.copyOf(conditions);
    }

    /**
     * Names one deletion for ever: a channel of the same name that comes later is deleted at another time.
     *
     * @param beganAt in milliseconds
     */
    public record Reference(ChannelName channel, Instant beganAt) {}
}
