package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.port.ReadModel;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * Tells whether a channel exists without starting it, so that requests for made-up names cost one look-up and leave
 * nothing behind. Only existing names are remembered; a name that was deleted meanwhile is refused by the channel
 * itself.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class KnownChannels {
    /** Names remembered at most. At the limit all are forgotten and looked up again. */
    static final int NAMES_MAX = 20_000;

    private final ReadModel readModel;
    private final Executor blocking;
    private final Set<ChannelName> known = ConcurrentHashMap.newKeySet();

    KnownChannels(ReadModel readModel, Executor blocking) {
        this.readModel = readModel;
        this.blocking = blocking;
    }

    CompletionStage<Boolean> exists(ChannelName channel) {
        if (channel.equals(ChannelName.DEFAULT) || known.contains(channel)) {
            return CompletableFuture.completedStage(true);
        }
        return CompletableFuture.supplyAsync(() -> readModel.channelExists(channel), blocking)
                .thenApply(exists -> {
                    if (exists) {
                        add(channel);
                    }
                    return exists;
                });
    }

    void add(ChannelName channel) {
        if (known.size() >= NAMES_MAX) {
            known.clear();
        }
        known.add(channel);
    }

    void remove(ChannelName channel) {
        known.remove(channel);
    }
}
