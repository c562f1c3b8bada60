package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.thread.ManagedThread.EndWaiter;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.Limits;
import java.time.Duration;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/** Those who wait for threads to end, and what they are told: that a thread is gone only if it is. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class EndWaiters {
    private final ThreadAccounts accounts;
    private final ThreadViews views;
    private final String node;
    private final TimerScheduler<ThreadManager.Command> timers;

    EndWaiters(ThreadAccounts accounts, ThreadViews views, String node, TimerScheduler<ThreadManager.Command> timers) {
        this.accounts = accounts;
        this.views = views;
        this.node = node;
        this.timers = timers;
    }

    /** Lets somebody wait; if too many do, they are answered with the thread as it is. */
    void await(ManagedThread thread, EndWaiter waiter) {
        if (thread.waiters.size() >= Limits.JOB_WAITERS_MAX) {
            giveUp(thread, waiter);
        } else {
            thread.waiters.add(waiter);
            startWait(thread.id, waiter);
        }
    }

    /** Arms the timer of one who waits, at first and after a restart. */
    void startWait(AttemptId thread, EndWaiter waiter) {
        if (waiter.untilNanos() != Long.MAX_VALUE) {
            long nanos = Math.max(1, waiter.untilNanos() - System.nanoTime());
            timers.startSingleTimer(waiter, new ThreadManager.WaitOver(thread, waiter), Duration.ofNanos(nanos));
        }
    }

    /** Somebody has waited long enough. */
    void over(AttemptId id, EndWaiter waiter) {
        var thread = accounts.registry.live(id);
        if (thread != null && thread.waiters.remove(waiter)) {
            giveUp(thread, waiter);
        }
    }

    private void giveUp(ManagedThread thread, EndWaiter waiter) {
        if (waiter.isTermination()) {
            answerTermination(waiter, notTerminated(thread, views.name(thread.slot)));
        } else {
            waiter.replyTo().tell(new ThreadManager.Shown(views.view(thread)));
        }
    }

    /** A thread has ended: whoever waited for that is answered. */
    void ended(ManagedThread thread) {
        for (var waiter : thread.waiters) {
            timers.cancel(waiter);
            if (waiter.isTermination()) {
                boolean isGone = thread.ending != ThreadManager.Ending.NOT_GONE;
                answerTermination(waiter, isGone ? terminated(thread) : notTerminated(thread, null));
            } else {
                waiter.replyTo().tell(new ThreadManager.Shown(views.view(thread)));
            }
        }
        thread.waiters.clear();
    }

    private void answerTermination(EndWaiter waiter, Termination termination) {
        if (termination.terminated()) {
            accounts.totals.terminated(termination.forced());
        } else {
            accounts.totals.notTerminated();
        }
        waiter.replyTo().tell(new ThreadManager.TerminationEnded(termination));
    }

    private static Termination terminated(ManagedThread thread) {
        boolean wasForced = thread.ending == ThreadManager.Ending.FORCED;
        return new Termination(
                true,
                wasForced,
                wasForced
                        ? "It did not end when it was asked and was "
                                + (thread.kind == JobKind.HANDLER ? "interrupted" : "killed") + "; now it is gone."
                        : "It is gone.");
    }

    private Termination notTerminated(ManagedThread thread, @Nullable String threadName) {
        return new Termination(
                false,
                true,
                thread.kind == JobKind.HANDLER
                        ? "Its handler was interrupted and still runs, on thread " + threadName + " of node "
                                + node
                                + ". Its slot stays taken until it returns; a thread dump shows where it is. Asking "
                                + "again interrupts it again."
                        : "Its process is still there after SIGKILL; it hangs inside the operating system of node "
                                + node + ".");
    }

    /** A thread would not end: those who asked for its end are told, those who wait for it wait on. */
    void quarantined(ManagedThread thread, @Nullable String threadName) {
        thread.waiters.removeIf(waiter -> {
            if (waiter.isTermination()) {
                answerTermination(waiter, notTerminated(thread, threadName));
            }
            return waiter.isTermination();
        });
    }
}
