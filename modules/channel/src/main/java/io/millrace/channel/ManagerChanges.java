package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.Decision;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.process.ProcessChange;
import java.util.List;

/**
 * Stores what managers of a channel decide, and tells each of them once its changes are stored. What a manager decided in
 * an earlier life of the channel, or before it heard that the channel was deleted, is dropped: it would be about something
 * that nobody knows of. A change that contradicts what is stored is never answered: both begin anew from the journal.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ManagerChanges {
    private final LiveChannel live;
    private final GroupCommit commit;
    private int locksForgotten;
    private int cleanupsForgotten;
    private int processesForgotten;

    ManagerChanges(LiveChannel live, GroupCommit commit) {
        this.live = live;
        this.commit = commit;
    }

    Storing changed(ChannelReport.LocksChanged changed) {
        if (isOutdated(changed.incarnation(), locksForgotten)) {
            return Storing.UNCHANGED;
        }
        decide(new ChannelCommand.ChangeLocks(changed.incarnation(), changed.changes()));
        onceStored(() -> changed.replyTo().tell(new LockManager.Stored(changed.number())));
        return changed.isAwaited() ? Storing.SOON : Storing.EVENTUALLY;
    }

    Storing changed(ChannelReport.CleanupsChanged changed) {
        if (isOutdated(changed.incarnation(), cleanupsForgotten)) {
            return Storing.UNCHANGED;
        }
        decide(new ChannelCommand.ChangeCleanups(changed.incarnation(), changed.changes()));
        onceStored(() -> changed.replyTo().tell(new CleanupManager.Stored(changed.number())));
        return Storing.SOON;
    }

    /** The service manager is told the epochs that its runs were given. */
    Storing changed(ChannelReport.ProcessesChanged changed) {
        if (isOutdated(changed.incarnation(), processesForgotten)) {
            return Storing.UNCHANGED;
        }
        List<ProcessChange.RunStarted> started =
                switch (decide(new ChannelCommand.ChangeProcesses(changed.incarnation(), changed.changes()))) {
                    case Decision.Accepted(var events) ->
                        changed.changes().isEmpty() ? GivenEpochs.in(live.processes()) : GivenEpochs.in(events);
                    case Decision.Refused _, Decision.Replayed _ -> List.of();
                };
        onceStored(() -> changed.replyTo().tell(new ServiceManager.Stored(changed.number(), started)));
        return Storing.SOON;
    }

    /** The lock manager has forgotten a channel that was deleted; what it reports from now on is about the next one. */
    void locksForgotten() {
        locksForgotten++;
    }

    /** As {@link #locksForgotten}, of the cleanup manager. */
    void cleanupsForgotten() {
        cleanupsForgotten++;
    }

    /** As {@link #locksForgotten}, of the service manager. */
    void processesForgotten() {
        processesForgotten++;
    }

    private boolean isOutdated(long incarnation, int deletionsHeardOf) {
        return incarnation != live.incarnation() || commit.deletions() > deletionsHeardOf;
    }

    private Decision decide(ChannelCommand command) {
        Decision decision = commit.decide(command);
        if (decision instanceof Decision.Refused(var problem)) {
            throw new IllegalStateException(problem.detail());
        }
        return decision;
    }

    private void onceStored(Runnable tell) {
        commit.afterCommit(tell, _ -> {
            // The manager ends together with this life of the channel.
        });
    }
}
