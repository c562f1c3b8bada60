package io.millrace.channel.service;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessDecision;
import io.millrace.domain.process.ProcessEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Ends everything (contract rows B-29 and B-39): in favour of a cleanup, of a handler, of a channel that runs nothing more,
 * or of the next owner of the channel. Who depends on another is stopped before that one. What has not ended within {@link
 * Limits#PROCESSES_STOP_MAX} is killed, however long its grace time is; what is there even then is named.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceEnding {
    private static final String COMPONENT = "ServiceManager";

    private final ServiceManager.Seed seed;
    private final ServiceAccounts accounts;
    private final Accounts own;
    private final ServiceStore store;
    private final ServiceRuns runs;
    private final ActorRef<ProcessManager.AllKilled> othersKilled;

    ServiceEnding(
            ServiceManager.Seed seed,
            ServiceAccounts accounts,
            ServiceStore store,
            ServiceRuns runs,
            ActorRef<ProcessManager.AllKilled> othersKilled) {
        this.seed = seed;
        this.accounts = accounts;
        this.own = accounts.ending;
        this.store = store;
        this.runs = runs;
        this.othersKilled = othersKilled;
    }

    // Wishes

    void stopAll(ServiceManager.StopAll stopAll) {
        own.keep.addAll(stopAll.keep());
        if (!own.stopping.contains(stopAll.replyTo())) {
            own.stopping.add(stopAll.replyTo());
        }
        if (own.isKillingOthers) {
            killOthers();
        } else {
            begin();
        }
    }

    void removeAll(ActorRef<ManagerReply> replyTo) {
        own.removing.add(replyTo);
        begin();
    }

    void stopServices() {
        begin();
    }

    private void begin() {
        if (own.deadlineNanos == null) {
            own.deadlineNanos = now() + Limits.PROCESSES_STOP_MAX.toNanos();
            own.wereKilled = false;
            own.stopped = accounts.book.live();
        }
    }

    /** Ends all runs at once, each with its own signal; nothing starts any more. */
    void leave(ActorRef<ServiceManager.Left> replyTo) {
        own.leaving = replyTo;
        accounts.isLeaving = true;
        accounts.runs.values().stream().filter(LiveRun::isAlive).forEach(run -> runs.interrupt(run, Limits.STOP_GRACE));
    }

    // Course

    /** What follows by itself now. While everything is stopped nothing starts. */
    List<ProcessChange> next() {
        List<ProcessChange> stops = own.deadlineNanos == null ? List.of() : accounts.rules.stopNext(accounts.book);
        return stops.isEmpty()
                ? accounts.rules.next(
                        accounts.book, accounts.ownership, seed.clock().get())
                : stops;
    }

    /** Looks at whether everything has ended and is stored. */
    void look() {
        boolean isStored = accounts.unstored.isEmpty();
        if (own.leaving != null && isStored && accounts.runs.values().stream().noneMatch(LiveRun::isAlive)) {
            own.leaving.tell(new ServiceManager.Left());
            own.leaving = null;
        }
        if (own.deadlineNanos != null && isStored && accounts.book.live() == 0) {
            end();
        }
    }

    /** Kills what had its time, and gives up on what does not go even then. */
    void wake() {
        if (own.deadlineNanos == null || own.deadlineNanos - now() > 0) {
            return;
        }
        if (own.wereKilled) {
            end();
        } else {
            own.wereKilled = true;
            own.deadlineNanos = now() + Limits.MANAGER_ANSWER_MAX.toNanos();
            runs.killAll();
        }
    }

    private void end() {
        own.deadlineNanos = null;
        List<String> left = left();
        removeEnded(left);
        if (!own.stopping.isEmpty()) {
            own.left = left;
            killOthers();
        }
    }

    private List<String> left() {
        return accounts.book.processes().stream()
                .filter(process -> !process.hasEnded())
                .map(process -> "process '" + process.name() + "', which is " + process.state())
                .toList();
    }

    private void removeEnded(List<String> left) {
        if (own.removing.isEmpty()) {
            return;
        }
        int removed = 0;
        for (ProcessEntry process : List.copyOf(accounts.book.processes())) {
            if (accounts.rules.remove(process) instanceof ProcessDecision.Accepted(var changes)) {
                store.apply(changes);
                removed++;
            }
        }
        ManagerReply reply = left.isEmpty()
                ? new ServiceManager.AllRemoved(removed)
                : new ManagerReply.Refused(Problem.of(
                        ErrorCode.TIMEOUT,
                        COMPONENT,
                        "Some processes would not end: " + String.join("; ", left)
                                + ". They are removed as soon as they have. Ask again in a moment."));
        own.removing.forEach(replyTo -> store.tell(replyTo, reply));
        own.removing.clear();
    }

    // Others

    private void killOthers() {
        own.isKillingOthers = true;
        seed.siblings().processes().tell(new ProcessManager.KillAll(Set.copyOf(own.keep), othersKilled));
    }

    void othersKilled(ProcessManager.AllKilled answer) {
        if (!own.isKillingOthers) {
            return;
        }
        var all = new ProcessManager.AllKilled(
                own.stopped + answer.processes(),
                Stream.concat(own.left.stream(), answer.left().stream()).toList());
        own.stopping.forEach(replyTo -> replyTo.tell(all));
        own.stopping.clear();
        own.keep.clear();
        own.left = List.of();
        own.isKillingOthers = false;
    }

    void refuseAll(Problem problem) {
        own.removing.forEach(replyTo -> replyTo.tell(new ManagerReply.Refused(problem)));
        own.removing.clear();
    }

    private long now() {
        return seed.clock().get().nanos();
    }

    /** What outlives a restart. */
    static final class Accounts {
        /** When what is left is killed, or given up on; absent while nothing is being ended. Monotonic. */
        private @Nullable Long deadlineNanos;

        private boolean wereKilled;
        private int stopped;
        private boolean isKillingOthers;
        private List<String> left = List.of();
        private final Set<AttemptId> keep = new HashSet<>();
        private final List<ActorRef<ProcessManager.AllKilled>> stopping = new ArrayList<>();
        private final List<ActorRef<ManagerReply>> removing = new ArrayList<>();
        private @Nullable ActorRef<ServiceManager.Left> leaving;

        /** True while all processes are being stopped, and none may be started. */
        boolean isUnderWay() {
            return deadlineNanos != null;
        }

        long nanosUntilWake(long nowNanos) {
            return deadlineNanos == null ? Long.MAX_VALUE : deadlineNanos - nowNanos;
        }
    }
}
