package io.millrace.domain.channel;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a channel stores of the decisions of its lock manager. Who gets a lock is decided there; here is the last guard
 * before a grant becomes true: a lock has one holder, and tokens rise.
 */
final class LockRules {
    private final LiveChannel channel;
    private final long now;
    private final List<ChannelEvent> events = new ArrayList<>();
    /** Holders of the locks that were changed so far, null for none. */
    private final Map<LockName, @Nullable HeldLease> changed = new HashMap<>();

    private long lastToken;

    private LockRules(LiveChannel channel, long now) {
        this.channel = channel;
        this.now = now;
        this.lastToken = channel.lastToken();
    }

    /**
     * @return nothing for what an earlier incarnation decided or what a deleted channel would have; a refusal if a grant
     *     contradicts what is stored, which is a defect of the lock manager
     */
    static Decision change(LiveChannel channel, ChannelCommand.ChangeLocks change, long now) {
        if (change.incarnation() != channel.incarnation() || !channel.exists()) {
            return Decision.NOTHING;
        }
        LockRules rules = new LockRules(channel, now);
        for (LockChange each : change.changes()) {
            switch (each) {
                case LockChange.Granted(var lease) -> {
                    if (rules.contradicts(lease)) {
                        return new Decision.Refused(Refusals.contradictoryGrant(lease, channel.lease(lease.lock())));
                    }
                    rules.grant(lease);
                }
                case LockChange.Released released -> rules.release(released);
            }
        }
        return new Decision.Accepted(rules.events);
    }

    private boolean contradicts(HeldLease lease) {
        return holder(lease.lock()) != null
                || lease.token() <= lastToken
                || lease.incarnation() != channel.incarnation();
    }

    private void grant(HeldLease lease) {
        Owner owner = lease.owner();
        lastToken = lease.token();
        changed.put(lease.lock(), lease);
        events.add(new ChannelEvent.LockGranted(
                lease.grantedAtMillis(),
                lease.lock(),
                owner.name(),
                owner.job(),
                owner.isAttempt() ? owner.epoch() : null,
                lease.token(),
                lease.level(),
                lease.ttlMillis(),
                lease.requestKey()));
    }

    /** What is not held cannot end again. */
    private void release(LockChange.Released released) {
        HeldLease lease = holder(released.lock());
        if (lease != null && lease.token() == released.token()) {
            Owner owner = lease.owner();
            changed.put(released.lock(), null);
            events.add(new ChannelEvent.LockReleased(
                    now, released.lock(), released.token(), owner.name(), owner.job(), released.reason()));
        }
    }

    private @Nullable HeldLease holder(LockName lock) {
        return changed.containsKey(lock) ? changed.get(lock) : channel.lease(lock);
    }
}
