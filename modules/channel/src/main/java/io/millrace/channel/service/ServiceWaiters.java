package io.millrace.channel.service;

import io.millrace.channel.ManagerReply;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ProcessState;
import io.millrace.domain.Limits;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Those who wait until a process runs, has ended or is gone: they hear of it when it is stored, or when their time is up. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceWaiters {
    private final ServiceManager.Seed seed;
    private final ServiceAccounts accounts;
    private final ServiceStore store;

    /** What is waited for. */
    enum Until {
        /** It runs in a later run than at the beginning of the wait, or has ended. */
        RUNS,
        /** It has ended. */
        ENDS,
        /** It is not there any more. */
        IS_GONE
    }

    /**
     * Somebody who waits.
     *
     * @param runsBefore number of the latest run that does not count
     */
    record Waiter(JobId process, Until until, int runsBefore, long untilNanos, ActorRef<ManagerReply> replyTo) {}

    ServiceWaiters(ServiceManager.Seed seed, ServiceAccounts accounts, ServiceStore store) {
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
    }

    /** Lets somebody wait; who would be one too many for the process is answered at once. */
    void await(JobId process, Until until, int runsBefore, long waitMillis, ActorRef<ManagerReply> replyTo) {
        long wait = Math.clamp(waitMillis, 0, Limits.PROCESS_WAIT_MAX.toMillis());
        long untilNanos = seed.clock().get().nanos() + Duration.ofMillis(wait).toNanos();
        var waiter = new Waiter(process, until, runsBefore, untilNanos, replyTo);
        long others = accounts.waiters.stream()
                .filter(other -> other.process.equals(process))
                .count();
        if (wait == 0 || others >= Limits.PROCESS_WAITERS_MAX || isOver(waiter)) {
            answer(waiter);
        } else {
            accounts.waiters.add(waiter);
        }
    }

    /** Answers those for whom it has come. */
    void look() {
        answerThose(this::isOver);
    }

    /** Answers those whose time is up. */
    void wake() {
        long now = seed.clock().get().nanos();
        answerThose(waiter -> waiter.untilNanos - now <= 0);
    }

    private void answerThose(Predicate<Waiter> which) {
        List<Waiter> done = accounts.waiters.stream().filter(which).toList();
        if (!done.isEmpty()) {
            accounts.waiters.removeAll(done);
            done.forEach(this::answer);
        }
    }

    private boolean isOver(Waiter waiter) {
        ProcessEntry process = accounts.book.process(waiter.process);
        if (process == null) {
            return true;
        }
        return switch (waiter.until) {
            case RUNS -> process.hasEnded() || runsBehind(process.run(), process.state(), waiter.runsBefore);
            case ENDS -> process.hasEnded();
            case IS_GONE -> false;
        };
    }

    private static boolean runsBehind(@Nullable ProcessRun run, ProcessState state, int runsBefore) {
        return state == ProcessState.RUNNING && run != null && run.number() > runsBefore;
    }

    private void answer(Waiter waiter) {
        ProcessEntry process = accounts.book.process(waiter.process);
        if (waiter.until == Until.IS_GONE) {
            store.tell(waiter.replyTo, new ServiceManager.Removed(process == null));
        } else if (process == null) {
            Problem unknown = accounts.rules.unknown(waiter.process.toString());
            store.tell(waiter.replyTo, new ManagerReply.Refused(unknown));
        } else {
            store.tell(waiter.replyTo, new ServiceManager.Shown(accounts.view(process)));
        }
    }

    void refuseAll(Problem problem) {
        var all = new ArrayList<>(accounts.waiters);
        accounts.waiters.clear();
        all.forEach(waiter -> waiter.replyTo.tell(new ManagerReply.Refused(problem)));
    }
}
