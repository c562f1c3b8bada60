package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.lock.HeldLease;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The locks of a channel that are held, as far as that is stored: at most one lease of each. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class HeldLocks {
    private final LinkedHashMap<LockName, HeldLease> leases = new LinkedHashMap<>();
    private long lastToken;

    /** In the order in which they were granted. A view. */
    Collection<HeldLease> leases() {
        return Collections.unmodifiableCollection(leases.values());
    }

    @Nullable HeldLease lease(LockName lock) {
        return leases.get(lock);
    }

    boolean isHolder(JobId job, long epoch) {
        return leases.values().stream()
                .anyMatch(lease -> job.equals(lease.owner().job())
                        && epoch == lease.owner().epoch());
    }

    long lastToken() {
        return lastToken;
    }

    /**
     * @param incarnation of the channel at the time of the grant
     * @param node that owned the channel then
     */
    void granted(ChannelEvent.LockGranted event, long incarnation, String node) {
        lastToken = Math.max(lastToken, event.token());
        long epoch = event.epoch() == null ? 0 : event.epoch();
        leases.put(
                event.lock(),
                new HeldLease(
                        event.lock(),
                        new Owner(event.owner(), event.job(), epoch),
                        event.token(),
                        event.level(),
                        event.ttlMillis(),
                        event.at(),
                        incarnation,
                        node,
                        event.requestKey()));
    }

    /**
     * An attempt goes on with a new owner of the channel, and holds on to its leases.
     *
     * @param incarnation of the channel now
     */
    void adopted(ChannelEvent.AttemptAdopted event, long incarnation) {
        leases.replaceAll((_, lease) -> {
            Owner owner = lease.owner();
            return event.job().equals(owner.job()) && event.epoch() == owner.epoch()
                    ? lease.adopted(incarnation, event.node())
                    : lease;
        });
    }

    /** Of a lock that has another holder by now, nothing changes. */
    void released(ChannelEvent.LockReleased event) {
        HeldLease lease = leases.get(event.lock());
        if (lease != null && lease.token() == event.token()) {
            leases.remove(event.lock());
        }
    }

    /** The channel is gone; its tokens go on counting. */
    void forgetLeases() {
        leases.clear();
    }

    void restore(long token, List<HeldLease> held) {
        lastToken = token;
        held.forEach(lease -> leases.put(lease.lock(), lease));
    }
}
