package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.handle.Owners;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Ends threads, one or all of them, and closes the books on those that have ended: the channel is told, whoever waits is
 * answered, what they created is ended, and their slots are free.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ThreadEnds {
    private static final String HANDLERS_QUARANTINED = "HandlersQuarantined";

    private final ChannelName channel;
    private final ChannelServices services;
    private final ActorRef<ChannelReport> reports;
    private final ThreadAccounts accounts;
    private final ThreadViews views;
    private final EndWaiters waiters;
    private final SlotStarts starts;
    private final Runnable idled;

    /** @param idled is told that a worker has nothing to do */
    ThreadEnds(
            ChannelName channel,
            ChannelServices services,
            ActorRef<ChannelReport> reports,
            ThreadAccounts accounts,
            ThreadViews views,
            EndWaiters waiters,
            SlotStarts starts,
            Runnable idled) {
        this.channel = channel;
        this.services = services;
        this.reports = reports;
        this.accounts = accounts;
        this.views = views;
        this.waiters = waiters;
        this.starts = starts;
        this.idled = idled;
    }

    // What has ended

    void workerEnded(ThreadManager.WorkerEnded ended) {
        var slot = accounts.busy.get(ended.attempt());
        var thread = slot == null ? null : slot.thread;
        if (slot == null || thread == null || slot.number != ended.slot() || slot.isLost) {
            return;
        }
        noteIfNotGone(thread, ended.ending());
        thread.usage = ended.usage();
        thread.ending = ended.ending();
        slot.failures += ended.outcome().kind() == AttemptOutcome.Kind.SUCCEEDED ? 0 : 1;
        if (ended.ending() == ThreadManager.Ending.NOT_STARTED
                && thread.creator != null
                && ended.outcome().error() != null) {
            thread.creator.tell(new ManagerReply.Refused(ended.outcome().error()));
            thread.creator = null;
            accounts.registry.remove(thread);
            accounts.totals.notCreated();
            thread.end(ended.outcome());
            count(thread, ended.outcome());
            waiters.ended(thread);
            free(slot, thread.id);
        } else {
            end(slot, thread, ended.outcome());
        }
    }

    /** What a slot ran is gone and holds nothing. */
    void end(Slot slot, ManagedThread thread, AttemptOutcome outcome) {
        boolean wasQuarantined = thread.state == ThreadState.QUARANTINED;
        thread.runsOfSlot = slot.runs;
        thread.failuresOfSlot = slot.failures;
        ended(thread, outcome);
        if (wasQuarantined) {
            accounts.incidents.ended(thread);
            quarantined(-1);
        } else {
            count(thread, outcome);
            if (!thread.isDirect()) {
                report(thread.id, outcome);
            }
        }
        free(slot, thread.id);
    }

    /** Here and not in the worker, which cannot count the attempt by which it failed itself. */
    private void count(ManagedThread thread, AttemptOutcome outcome) {
        services.instruments().attemptEnded(outcome.kind(), thread.runNanos());
    }

    /** Closes the books on a thread, with a slot or without. */
    private void ended(ManagedThread thread, AttemptOutcome outcome) {
        thread.end(outcome);
        accounts.registry.ended(thread);
        accounts.totals.ended(thread, outcome);
        answerCreator(thread);
        waiters.ended(thread);
        endChildren(thread.id);
    }

    private void endChildren(AttemptId parent) {
        accounts.registry
                .childrenOf(parent)
                .forEach(child -> stop(child, StopReason.CANCEL, Limits.STOP_GRACE.toMillis()));
    }

    private void free(Slot slot, AttemptId attempt) {
        accounts.busy.remove(attempt);
        services.instruments().slotsBusy().add(-1);
        slot.end();
        if (!slot.isLost) {
            accounts.idle.addLast(slot);
            idled.run();
        }
        starts.fillSlots();
        answerIfAllEnded();
    }

    void workerQuarantined(ThreadManager.WorkerQuarantined message) {
        var slot = accounts.busy.get(message.attempt());
        if (slot != null && slot.thread != null && slot.number == message.slot() && !slot.isLost) {
            quarantine(slot.thread, message.outcome(), message.threadName());
        }
    }

    void quarantine(ManagedThread thread, AttemptOutcome outcome, @Nullable String threadName) {
        thread.state = ThreadState.QUARANTINED;
        thread.outcome = outcome;
        count(thread, outcome);
        if (!thread.isDirect()) {
            report(thread.id, outcome);
        }
        quarantined(1);
        Problem problem = outcome.error();
        accounts.incidents.notTerminated(thread, problem == null ? "It still runs." : problem.detail());
        starts.tellSlots();
        answerCreator(thread);
        waiters.quarantined(thread, threadName);
        endChildren(thread.id);
        answerIfAllEnded();
    }

    private void quarantined(int change) {
        accounts.quarantined += change;
        services.instruments().slotsQuarantined().add(change);
        if (accounts.quarantined == 0) {
            reports.tell(new ChannelReport.ConditionCleared(HANDLERS_QUARANTINED));
        } else {
            raise(
                    HANDLERS_QUARANTINED,
                    accounts.quarantined + " of the channel's "
                            + accounts.spec.threads().max()
                            + " slots are held by handlers that would not end when asked. A thread dump of node "
                            + services.node() + " shows where they are, on threads named millrace-" + channel
                            + "-worker-…");
        }
    }

    private void raise(String condition, String message) {
        reports.tell(new ChannelReport.ConditionRaised(new Condition(condition, message, Instant.now())));
    }

    private void report(AttemptId attempt, AttemptOutcome outcome) {
        reports.tell(new ChannelReport.AttemptFinished(attempt, outcome));
    }

    /** Tells whoever created a thread that it runs, if they still wait for that. */
    void answerCreator(ManagedThread thread) {
        if (thread.creator != null) {
            thread.creator.tell(new ThreadManager.Created(views.view(thread), false));
            thread.creator = null;
        }
    }

    // Ends on request

    void cancel(JobId job, long epoch) {
        accounts.registry.live().stream()
                .filter(thread -> thread.id.job().equals(job) && thread.id.epoch() == epoch)
                .findFirst()
                .ifPresent(thread -> stop(thread, StopReason.CANCEL, Limits.STOP_GRACE.toMillis()));
    }

    /** One that is being stopped, or would not end, is left to that. */
    void stop(ManagedThread thread, StopReason reason, long graceMillis) {
        var slot = accounts.busy.get(thread.id);
        if (slot == null) {
            accounts.queue.removeIf(other -> other == thread);
            stopWaiting(thread, Outcomes.stopped(reason, 0, null));
        } else if (thread.state == ThreadState.RUNNING || thread.state == ThreadState.STARTING) {
            thread.state = ThreadState.TERMINATING;
            slot.worker.tell(new Worker.Stop(thread.id, reason, graceMillis));
        }
    }

    private void stopWaiting(ManagedThread thread, AttemptOutcome outcome) {
        ended(thread, outcome);
        if (!thread.isDirect()) {
            report(thread.id, outcome);
        }
        starts.tellSlots();
    }

    /** Ends the threads that belong to no job. */
    void endThreads() {
        List.copyOf(accounts.registry.live()).stream()
                .filter(ManagedThread::isDirect)
                .forEach(thread -> stop(thread, StopReason.CANCEL, Limits.STOP_GRACE.toMillis()));
    }

    /** Ends everything because the channel leaves the node; nothing starts any more. */
    void stopAll(ActorRef<ThreadManager.Stopped> replyTo) {
        accounts.stopping = replyTo;
        accounts.queue.clear();
        for (var thread : List.copyOf(accounts.registry.live())) {
            if (thread.isWaiting()) {
                stopWaiting(thread, Outcomes.interrupted(null));
            } else {
                stop(thread, StopReason.SHUTDOWN, Limits.STOP_GRACE.toMillis());
            }
        }
        answerIfAllEnded();
    }

    // Cleanup of the channel

    /** Ends everything that holds something; attempts that wait for a slot wait on, as they hold nothing. */
    void endAll(ActorRef<ThreadManager.AllEnded> replyTo) {
        if (accounts.closing == null) {
            var closing = new ClosingThreads();
            accounts.closing = closing;
            reports.tell(new ChannelReport.StartingHeld(true));
            for (var thread : List.copyOf(accounts.registry.live())) {
                if (thread.state != ThreadState.QUARANTINED && (thread.isDirect() || !thread.isWaiting())) {
                    closing.threads++;
                    stop(thread, StopReason.CLEANUP, Limits.STOP_GRACE.toMillis());
                }
            }
            starts.tellWaitsAgain();
            starts.fillSlots();
        }
        accounts.closing.waiters.add(replyTo);
        answerIfAllEnded();
    }

    /** Lets threads start again. Whoever still waits for the end of all is told what has not ended. */
    void reopen() {
        if (accounts.closing != null) {
            answer(accounts.closing);
            accounts.closing = null;
            reports.tell(new ChannelReport.StartingHeld(false));
            starts.tellWaitsAgain();
            starts.fillSlots();
        }
    }

    private void noteIfNotGone(ManagedThread thread, ThreadManager.Ending ending) {
        if (accounts.closing != null && ending == ThreadManager.Ending.NOT_GONE) {
            accounts.closing.notGone.add(
                    name(thread) + ": its process is still there after SIGKILL, on node " + services.node());
        }
    }

    private void answerIfAllEnded() {
        if (accounts.busy.size() != accounts.quarantined) {
            return;
        }
        if (accounts.stopping != null) {
            accounts.stopping.tell(new ThreadManager.Stopped());
        }
        if (accounts.closing != null) {
            answer(accounts.closing);
        }
    }

    private void answer(ClosingThreads closing) {
        List<String> notGone = new ArrayList<>(closing.notGone);
        for (var slot : accounts.busy.values()) {
            if (slot.thread != null) {
                notGone.add(stillRuns(slot.thread));
            }
        }
        closing.waiters.forEach(replyTo -> replyTo.tell(new ThreadManager.AllEnded(closing.threads, notGone)));
        closing.waiters.clear();
    }

    private String stillRuns(ManagedThread thread) {
        String name = accounts.threads
                .find(thread.id)
                .map(HandlerRun::threadName)
                .map(running -> " on thread " + running)
                .orElse("");
        return name(thread) + ": it was asked to end and still runs" + name + " of node " + services.node();
    }

    private static String name(ManagedThread thread) {
        return Owners.of(thread.id).name();
    }
}
