package io.millrace.host.supervise;

import io.millrace.host.RunKey;
import java.util.LinkedHashMap;

/**
 * The highest epoch that was started, for each job and process that had a start lately: a start below it comes from an
 * owner that has been replaced. Beyond the limit those are forgotten that were started the longest ago; such a late order
 * has no valid lease any more. Used by one thread.
 */
final class StartedEpochs {
    private final int rememberedMax;
    private final LinkedHashMap<Owner, Long> highest = new LinkedHashMap<>();

    StartedEpochs(int rememberedMax) {
        this.rememberedMax = rememberedMax;
    }

    private record Owner(String channel, String id) {
        static Owner of(RunKey key) {
            return new Owner(key.channel(), key.id());
        }
    }

    boolean isNewer(RunKey key) {
        var epoch = highest.get(Owner.of(key));
        return epoch == null || key.epoch() > epoch;
    }

    void add(RunKey key) {
        highest.putLast(Owner.of(key), key.epoch());
        if (highest.size() > rememberedMax) {
            highest.pollFirstEntry();
        }
    }
}
