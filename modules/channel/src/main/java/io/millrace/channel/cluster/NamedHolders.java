package io.millrace.channel.cluster;

import io.millrace.channel.Inspection;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.List;

/** Keeps an answer about all channels of a node within one message: so many holders and waiters are named, and no more. */
final class NamedHolders {
    private NamedHolders() {}

    /** The same items; the first of them name holders and waiters until the limit is reached. */
    static List<Inspection.ResourceView> bounded(List<Inspection.ResourceView> items) {
        List<Inspection.ResourceView> bounded = new ArrayList<>(items.size());
        int left = Limits.RESOURCE_HOLDERS_PER_NODE_MAX;
        for (Inspection.ResourceView item : items) {
            List<Inspection.ResourceHolder> holders = firstOf(item.holders(), left);
            left -= holders.size();
            List<Inspection.ResourceWaiter> waiting = firstOf(item.waiting(), left);
            left -= waiting.size();
            bounded.add(item.naming(holders, waiting));
        }
        return bounded;
    }

    private static <T> List<T> firstOf(List<T> all, int count) {
        return all.subList(0, Math.min(all.size(), count));
    }
}
