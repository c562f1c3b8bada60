package io.millrace.domain.channel;

import io.millrace.domain.cleanup.ContradictionCheck;
import java.util.List;

/**
 * What a channel stores of the decisions of its cleanup manager. What is cleaned up and when is decided there; here is the
 * last guard before a change becomes true.
 */
final class CleanupStorageRules {
    private CleanupStorageRules() {}

    /**
     * @return nothing for what an earlier incarnation decided or what a deleted channel would have; a refusal if a change
     *     contradicts what is stored, which is a defect of the cleanup manager
     */
    static Decision change(LiveChannel channel, ChannelCommand.ChangeCleanups change, long now) {
        if (change.incarnation() != channel.incarnation() || !channel.exists()) {
            return Decision.NOTHING;
        }
        String contradiction = ContradictionCheck.find(channel.cleanups(), change.changes());
        if (contradiction != null) {
            return new Decision.Refused(Refusals.contradictoryCleanup(contradiction));
        }
        List<ChannelEvent> events = change.changes().stream()
                .<ChannelEvent>map(each -> new ChannelEvent.CleanupChanged(now, each))
                .toList();
        return new Decision.Accepted(events);
    }
}
