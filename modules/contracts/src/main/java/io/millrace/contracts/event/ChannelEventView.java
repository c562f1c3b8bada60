package io.millrace.contracts.event;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened in a channel.
 *
 * @param cursor durable position
 * @param type dotted name, for example {@code job.succeeded}
 * @param job the job concerned, absent for events of the channel itself
 * @param data further facts by name; values are strings, numbers or booleans
 */
public record ChannelEventView(
        EventCursor cursor,
        ChannelName channel,
        String type,
        Instant time,
        @Nullable JobId job,
        Map<String, Object> data) {
    public ChannelEventView {
        data = Map.copyOf(data);
    }
}
