package io.millrace.channel;

import io.millrace.channel.incident.IncidentReporter;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;

/** Does what follows in a channel from what its managers tell it unasked. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ChannelReports {
    private final ChannelContext channel;
    private final LiveChannel live;
    private final GroupCommit commit;
    private final ChannelDisplay display;
    private final AttemptSlots slots;
    private final OwnedChannel owned;
    private final Ownership ownership;
    private final ManagerChanges changes;

    ChannelReports(
            ChannelContext channel,
            LiveChannel live,
            GroupCommit commit,
            ChannelDisplay display,
            AttemptSlots slots,
            OwnedChannel owned,
            Ownership ownership) {
        this.channel = channel;
        this.live = live;
        this.commit = commit;
        this.display = display;
        this.slots = slots;
        this.owned = owned;
        this.ownership = ownership;
        this.changes = new ManagerChanges(live, commit);
    }

    Storing handle(ChannelReport report) {
        return switch (report) {
            case ChannelReport.AttemptFinished(var attempt, var outcome) ->
                decide(new ChannelCommand.EndAttempt(attempt.job(), attempt.epoch(), outcome));
            case ChannelReport.Published published -> decide(publish(published));
            case ChannelReport.Progressed(var attempt, var progress) ->
                ifRunning(attempt, () -> display.progressed(attempt, progress));
            case ChannelReport.AttemptWaits(var attempt, var condition) ->
                ifRunning(attempt, () -> display.attemptWaits(attempt, condition));
            case ChannelReport.AttemptNoted(var attempt, var condition) ->
                ifRunning(attempt, () -> display.attemptNoted(attempt, condition));
            case ChannelReport.SlotsTaken taken -> {
                display.threadsRun(taken.threadsRunning());
                yield unstored(() -> slots.taken(taken));
            }
            case ChannelReport.StartingHeld(var isHeld) -> unstored(() -> slots.startingHeld(isHeld));
            case ChannelReport.ResourcesHeld held -> unstored(() -> slots.resourcesHeld(held));
            case ChannelReport.ResourcesNoted(var incarnation, var attempts) ->
                decide(new ChannelCommand.NoteResources(incarnation, attempts));
            case ChannelReport.ConditionRaised(var condition) -> unstored(() -> display.raise(condition));
            case ChannelReport.ConditionCleared(var type) -> unstored(() -> display.clear(type));
            case ChannelReport.IncidentSeen(var incident) -> tell(new IncidentReporter.Report(incident));
            case ChannelReport.IncidentSubsided(var kind, var subject, var note) ->
                tell(new IncidentReporter.Subsided(channel.name(), kind, subject, note));
            case ChannelReport.LocksChanged changed -> changes.changed(changed);
            case ChannelReport.LocksAwaited _ -> Storing.SOON;
            case ChannelReport.LocksForgotten _ -> unstored(changes::locksForgotten);
            case ChannelReport.CleanupsChanged changed -> changes.changed(changed);
            case ChannelReport.CleanupsForgotten _ -> unstored(changes::cleanupsForgotten);
            case ChannelReport.ProcessesChanged changed -> changes.changed(changed);
            case ChannelReport.ProcessesForgotten _ -> unstored(changes::processesForgotten);
            case ChannelReport.CleanedForDeletion(var incarnation) ->
                incarnation == live.incarnation() ? decide(new ChannelCommand.CompleteDeletion()) : Storing.UNCHANGED;
            case ChannelReport.OwnershipAsked(var replyTo) -> unstored(() -> ownership.confirm(replyTo));
            case ChannelReport.ThreadManagerRestarted _ -> runAgain();
        };
    }

    /** Decides a command that nobody waits for. */
    private Storing decide(ChannelCommand command) {
        commit.decide(command);
        return Storing.SOON;
    }

    private static ChannelCommand publish(ChannelReport.Published published) {
        AttemptId attempt = published.attempt();
        return attempt.isThread()
                ? new ChannelCommand.PublishFromThread(attempt.job(), published.type(), published.dataJson())
                : new ChannelCommand.Publish(attempt.job(), published.type(), published.dataJson());
    }

    private Storing ifRunning(AttemptId attempt, Runnable action) {
        if (live.job(attempt.job()) instanceof LiveJob.Running job && job.epoch() == attempt.epoch()) {
            action.run();
        }
        return Storing.UNCHANGED;
    }

    private Storing tell(IncidentReporter.Item incident) {
        channel.host().incidents().tell(incident);
        return Storing.UNCHANGED;
    }

    private static Storing unstored(Runnable action) {
        action.run();
        return Storing.UNCHANGED;
    }

    private Storing runAgain() {
        commit.afterCommit(owned::runAgain, _ -> {
            // The attempts are stopped with this life of the channel.
        });
        return Storing.SOON;
    }
}
