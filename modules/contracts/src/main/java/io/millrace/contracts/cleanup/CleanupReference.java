package io.millrace.contracts.cleanup;

import io.millrace.contracts.ChannelName;
import org.jspecify.annotations.Nullable;

/**
 * A task another one depends on. As text {@code task}, or {@code channel/task} for one of another channel (contract row
 * C-34).
 *
 * @param channel absent for the channel of the task that depends on it
 */
public record CleanupReference(@Nullable ChannelName channel, CleanupName task)
        implements Comparable<CleanupReference> {

    public static CleanupReference local(CleanupName task) {
        return new CleanupReference(null, task);
    }

    /** @throws io.millrace.contracts.MillraceException {@code INVALID_ARGUMENT} if it names no task that can exist */
    public static CleanupReference parse(String text) {
        int slash = text.indexOf('/');
        return slash < 0
                ? local(new CleanupName(text))
                : new CleanupReference(
                        new ChannelName(text.substring(0, slash)), new CleanupName(text.substring(slash + 1)));
    }

    /** The same task, named without a channel if that is its own. */
    public CleanupReference within(ChannelName own) {
        return own.equals(channel) ? local(task) : this;
    }

    public boolean isLocal() {
        return channel == null;
    }

    @Override
    public int compareTo(CleanupReference other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return channel == null ? task.value() : channel + "/" + task;
    }
}
