package io.millrace.domain.channel;

import io.millrace.domain.process.ContradictionCheck;
import io.millrace.domain.process.ProcessChange;
import java.util.ArrayList;
import java.util.List;

/**
 * What a channel stores of the decisions of its service manager. What starts and stops and when is decided there; here is
 * the last guard before a change becomes true, and runs get the epochs that they share with the attempts of jobs.
 */
final class ProcessStorageRules {
    private ProcessStorageRules() {}

    /**
     * @return nothing for what an earlier incarnation decided or what a deleted channel would have; a refusal if a change
     *     contradicts what is stored, which is a defect of the service manager
     */
    static Decision change(LiveChannel channel, ChannelCommand.ChangeProcesses change, long now) {
        if (change.incarnation() != channel.incarnation() || !channel.exists()) {
            return Decision.NOTHING;
        }
        String contradiction = ContradictionCheck.find(channel.processes(), change.changes());
        if (contradiction != null) {
            return new Decision.Refused(Refusals.contradictoryProcess(contradiction));
        }
        long epoch = channel.lastEpoch();
        List<ChannelEvent> events = new ArrayList<>(change.changes().size());
        for (ProcessChange each : change.changes()) {
            ProcessChange stored = each instanceof ProcessChange.RunStarted started ? started.withEpoch(++epoch) : each;
            events.add(new ChannelEvent.ProcessChanged(now, stored));
        }
        return new Decision.Accepted(events);
    }
}
