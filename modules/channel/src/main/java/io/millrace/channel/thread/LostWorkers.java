package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.AttemptMdc;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.domain.Limits;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends what workers ran that have failed: waits for its handler, cleans up behind it, and frees the slot. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LostWorkers {
    private static final Logger LOG = LoggerFactory.getLogger(LostWorkers.class);

    private final ActorContext<ThreadManager.Command> context;
    private final ChannelName channel;
    private final ChannelServices services;
    private final ThreadManager.Managers managers;
    private final ThreadAccounts accounts;
    private final ThreadEnds ends;
    private final ActorRef<CleanedUp> cleanedUp;
    private final Runnable needed;

    /**
     * @param cleanedUp where the answers of the cleanup manager go
     * @param needed is told that {@link #pressOn} has something to do
     */
    LostWorkers(
            ActorContext<ThreadManager.Command> context,
            ChannelName channel,
            ChannelServices services,
            ThreadManager.Managers managers,
            ThreadAccounts accounts,
            ThreadEnds ends,
            ActorRef<CleanedUp> cleanedUp,
            Runnable needed) {
        this.context = context;
        this.channel = channel;
        this.services = services;
        this.managers = managers;
        this.accounts = accounts;
        this.ends = ends;
        this.cleanedUp = cleanedUp;
        this.needed = needed;
    }

    /** A worker that was idle was stopped by us. One that had an attempt has failed, and nobody else cleans up behind it. */
    void workerStopped(int number, ActorRef<Worker.Command> worker) {
        var slot = accounts.slots.get(number);
        if (slot == null || !slot.worker.equals(worker)) {
            return;
        }
        accounts.removeWorker(slot, services.instruments());
        accounts.idle.remove(slot);
        var thread = slot.thread;
        if (thread != null) {
            services.instruments().workerCrashed();
            try (var _ = AttemptMdc.open(channel, thread.id)) {
                LOG.error("The worker failed; its attempt is cleaned up and ends as failed");
            }
            recover(slot, thread);
        }
    }

    private void recover(Slot slot, ManagedThread thread) {
        if (thread.state != ThreadState.QUARANTINED) {
            thread.state = ThreadState.TERMINATING;
        }
        slot.isLost = true;
        slot.lostAtNanos = System.nanoTime();
        var attempt = thread.id;
        var run = accounts.threads.find(attempt);
        if (run.isPresent()) {
            var self = context.getSelf();
            var _ = run.get().cancel();
            run.get().whenOver(() -> self.tell(new ThreadManager.LostHandlerReturned(attempt)));
        } else {
            cleanUp(slot, attempt);
        }
        needed.run();
    }

    void handlerReturned(AttemptId attempt) {
        var slot = accounts.busy.get(attempt);
        if (slot != null && slot.isLost) {
            cleanUp(slot, attempt);
        }
    }

    private void cleanUp(Slot slot, AttemptId attempt) {
        slot.isCleaning = true;
        slot.askedAtNanos = System.nanoTime();
        managers.cleanups().cleanUp(attempt, Set.of(Holding.values()), tasksOf(slot.thread), cleanedUp);
    }

    /** What a job declares to be done behind its attempts; nothing if that cannot be read any more. */
    private List<CleanupTask> tasksOf(@Nullable ManagedThread thread) {
        if (thread == null || thread.attempt == null) {
            return List.of();
        }
        try {
            return services.codec().decodeJobSpec(thread.attempt.spec()).cleanup();
        } catch (RuntimeException e) {
            LOG.error("The stored specification of attempt {} cannot be read", thread.id, e);
            return List.of();
        }
    }

    void cleanedUp(AttemptId attempt) {
        var slot = accounts.busy.get(attempt);
        if (slot == null || slot.thread == null || !slot.isLost || !slot.isCleaning) {
            return;
        }
        slot.failures++;
        ends.end(slot, slot.thread, accounts.stopping == null ? Outcomes.crashed() : Outcomes.interrupted(null));
    }

    /** Goes on with everything that takes too long; false if there is nothing to go on with. */
    boolean pressOn(long now) {
        boolean isNeeded = false;
        for (var slot : List.copyOf(accounts.busy.values())) {
            if (slot.isLost && slot.thread != null) {
                isNeeded = true;
                pressOn(slot, slot.thread, now);
            }
        }
        return isNeeded;
    }

    /** A lost attempt waits for its handler, which has the usual grace, or for its cleanup, which is asked for again. */
    private void pressOn(Slot slot, ManagedThread thread, long now) {
        if (slot.isCleaning) {
            if (now - slot.askedAtNanos > Limits.MANAGER_ANSWER_MAX.toNanos()) {
                cleanUp(slot, thread.id);
            }
        } else if (thread.state != ThreadState.QUARANTINED && now - slot.lostAtNanos > Limits.STOP_GRACE.toNanos()) {
            var threadName =
                    accounts.threads.find(thread.id).map(HandlerRun::threadName).orElse(null);
            ends.quarantine(thread, Outcomes.crashedWithHandler(threadName), threadName);
        }
    }
}
