package io.millrace.channel.resource;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Owner;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.ChannelCommand.AttemptResources;
import io.millrace.domain.resource.NotedResource;
import io.millrace.domain.resource.ResourceLedger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What attempts have held for longer than {@link Limits#RESOURCES_NOTED_AFTER}, as it was noted last. Resources are not
 * stored one by one, so that they can be had and given back without a write; a note of what lasts, and only when that has
 * changed, is what is known of them when the node is lost.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class HeldNotes {
    private final Map<Owner, List<NotedResource>> noted = new HashMap<>();

    /** True while an attempt holds something, or did when that was noted last. */
    boolean isNeeded(ResourceLedger ledger) {
        return !noted.isEmpty() || !ledger.attempts().isEmpty();
    }

    /** What has to be noted anew: nothing for an attempt that holds no longer what was noted of it. */
    List<AttemptResources> changed(ResourceLedger ledger, Moment now) {
        Set<Owner> attempts = new LinkedHashSet<>(noted.keySet());
        attempts.addAll(ledger.attempts());
        List<AttemptResources> changed = new ArrayList<>();
        for (Owner attempt : attempts) {
            List<NotedResource> held = ledger.held(attempt, Limits.RESOURCES_NOTED_AFTER.toNanos(), now);
            List<NotedResource> before = held.isEmpty() ? noted.remove(attempt) : noted.put(attempt, held);
            if (!held.equals(before == null ? List.of() : before)) {
                add(attempt, held, changed);
            }
        }
        return changed;
    }

    /** Threads that belong to no job leave nothing in the journal. */
    private static void add(Owner attempt, List<NotedResource> held, List<AttemptResources> to) {
        JobId job = attempt.job();
        if (job != null && attempt.epoch() > 0) {
            to.add(new AttemptResources(job, attempt.epoch(), held));
        }
    }
}
