package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.Progress;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.process.ProcessChange;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** What the managers of a channel tell it unasked. */
public sealed interface ChannelReport {

    /** An attempt has ended and everything it held is returned, or a condition of the channel says what is not. */
    record AttemptFinished(AttemptId attempt, AttemptOutcome outcome) implements ChannelReport {}

    /** A handler said how far it has come. Sent a few times a second at most. */
    record Progressed(AttemptId attempt, Progress progress) implements ChannelReport {}

    /**
     * A handler published an event.
     *
     * @param type dotted name
     * @param dataJson its data as JSON text
     */
    record Published(AttemptId attempt, String type, String dataJson) implements ChannelReport {}

    /**
     * A started attempt waits for something, or no longer does.
     *
     * @param condition what it waits for, absent once it goes on
     */
    record AttemptWaits(AttemptId attempt, @Nullable Condition condition) implements ChannelReport {}

    /** Something about a running attempt is not as its job declares it. Shown until the attempt ends. */
    record AttemptNoted(AttemptId attempt, Condition condition) implements ChannelReport {}

    /**
     * How many slots are not for attempts of jobs. The channel starts that many attempts fewer.
     *
     * @param slots taken by threads that belong to no job, and by handlers that would not end though their attempts are
     *     reported as ended; one fewer while threads wait, so that an attempt waits beside them
     * @param threadsRunning threads that belong to no job and run
     * @param threadsWaiting threads that belong to no job and wait for a slot
     */
    record SlotsTaken(int slots, int threadsRunning, int threadsWaiting) implements ChannelReport {
        public static final SlotsTaken NONE = new SlotsTaken(0, 0, 0);

        boolean hasThreads() {
            return threadsRunning + threadsWaiting > 0;
        }
    }

    /**
     * Whether attempts may start.
     *
     * @param isHeld true from the time a cleanup of the channel ends what runs until it lets threads start again; no job
     *     is started meanwhile
     */
    record StartingHeld(boolean isHeld) implements ChannelReport {}

    /**
     * What the channel holds of resources, for what depends on it.
     *
     * @param isInUse true if anything is held or waited for; such a channel stays in memory
     * @param slots that are set aside. The channel starts that many attempts fewer
     */
    record ResourcesHeld(boolean isInUse, int slots) implements ChannelReport {
        public static final ResourcesHeld NONE = new ResourcesHeld(false, 0);
    }

    /**
     * What attempts have held for some time, where that has changed.
     *
     * @param incarnation of the channel in which they hold it
     */
    record ResourcesNoted(long incarnation, List<ChannelCommand.AttemptResources> attempts) implements ChannelReport {
        public ResourcesNoted {
            attempts = List.copyOf(attempts);
        }
    }

    /** Something about the channel needs an operator. Raising a condition again replaces its message. */
    record ConditionRaised(Condition condition) implements ChannelReport {}

    /** Something has gone wrong that a person has to look after; the incident manager keeps it. */
    record IncidentSeen(IncidentReport report) implements ChannelReport {}

    /**
     * What was reported as an incident no longer holds.
     *
     * @param subject as it was reported
     * @param note what became of it
     */
    record IncidentSubsided(IncidentKind kind, String subject, String note) implements ChannelReport {}

    /** A condition no longer holds. */
    record ConditionCleared(String type) implements ChannelReport {}

    /**
     * Leases were granted or have ended: store it, then tell the lock manager.
     *
     * @param incarnation of the channel in which it was decided; changes of an earlier one are dropped
     * @param number rises with each report
     * @param isAwaited false if nobody waits until it is stored; it then joins the next write, or makes one after
     *     {@link io.millrace.domain.Limits#RELEASE_UNSTORED_MAX}
     */
    record LocksChanged(
            long incarnation,
            long number,
            List<LockChange> changes,
            boolean isAwaited,
            ActorRef<LockManager.Command> replyTo)
            implements ChannelReport {
        public LocksChanged {
            changes = List.copyOf(changes);
        }
    }

    /** Somebody waits by now until what {@link LocksChanged} said so far is stored. */
    record LocksAwaited() implements ChannelReport {}

    /**
     * The lock manager has done as {@link LockManager.ForgetAll} says. What it reported before was about the channel that
     * is gone.
     */
    record LocksForgotten() implements ChannelReport {}

    /**
     * Something about cleanup tasks or their executions was decided: store it, then tell the cleanup manager.
     *
     * @param incarnation of the channel in which it was decided; changes of an earlier one are dropped
     * @param number rises with each report
     * @param changes in the order in which they were decided; none to be told only that everything before is stored
     */
    record CleanupsChanged(
            long incarnation, long number, List<CleanupChange> changes, ActorRef<CleanupManager.Command> replyTo)
            implements ChannelReport {
        public CleanupsChanged {
            changes = List.copyOf(changes);
        }
    }

    /**
     * The cleanup manager has done as {@link CleanupManager.ForgetAll} says. What it reported before was about the channel
     * that is gone.
     */
    record CleanupsForgotten() implements ChannelReport {}

    /**
     * Something about processes that are no jobs was decided: store it, then tell the service manager.
     *
     * @param incarnation of the channel in which it was decided; changes of an earlier one are dropped
     * @param number rises with each report
     * @param changes in the order in which they were decided; none to be told only that everything before is stored
     */
    record ProcessesChanged(
            long incarnation, long number, List<ProcessChange> changes, ActorRef<ServiceManager.Command> replyTo)
            implements ChannelReport {
        public ProcessesChanged {
            changes = List.copyOf(changes);
        }
    }

    /**
     * The service manager has done as {@link ServiceManager.ForgetAll} says. What it reported before was about the channel
     * that is gone.
     */
    record ProcessesForgotten() implements ChannelReport {}

    /**
     * The channel is being deleted, and nothing of it is left but its name.
     *
     * @param incarnation of the channel in which that was so
     */
    record CleanedForDeletion(long incarnation) implements ChannelReport {}

    /**
     * Does the channel still belong to this node? Processes run that depend on it. Answered with {@link
     * ProcessManager.OwnershipConfirmed} once that is certain, else not at all.
     */
    record OwnershipAsked(ActorRef<ProcessManager.Command> replyTo) implements ChannelReport {}

    /**
     * The thread manager was restarted. The channel hands it every running attempt again; those it still knows are not
     * started twice.
     */
    record ThreadManagerRestarted() implements ChannelReport {}
}
