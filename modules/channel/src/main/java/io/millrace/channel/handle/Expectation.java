package io.millrace.channel.handle;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.work.JobKind;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a channel knows about the thing that a command is about, to be held against what the command says.
 *
 * @param type of the things the command is about
 * @param channel that is asked
 * @param incarnation of the channel now
 * @param registered handle under which the channel keeps the thing; absent if it keeps none of that identifier
 * @param kind what runs under it; absent if nothing of a job does
 * @param allowedKinds what the channel allows
 * @param quota of things of this type in the channel
 * @param foreignReferences what the thing holds of other channels, each named for a person; empty in a sound channel
 */
public record Expectation(
        HandleType type,
        ChannelName channel,
        long incarnation,
        @Nullable Handle registered,
        @Nullable JobKind kind,
        Set<JobKind> allowedKinds,
        Quota quota,
        List<String> foreignReferences) {
    public Expectation {
        allowedKinds = Set.copyOf(allowedKinds);
        foreignReferences = List.copyOf(foreignReferences);
    }

    /** How many things of one type a channel has, and may have. */
    public record Quota(long used, long max) {}
}
