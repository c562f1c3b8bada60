package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.RequestKeys;
import io.millrace.channel.UnstoredChanges;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.domain.cleanup.CleanupBook;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.RegisteredTask;
import io.millrace.domain.cleanup.RunCause;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** What outlives a restart of the cleanup manager. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupAccounts {
    final AttemptCleanup.Accounts attempts = new AttemptCleanup.Accounts();
    final CleanupBook book;
    final CleanupMeasures measures = new CleanupMeasures();
    final RequestKeys<CleanupName> keys = new RequestKeys<>();

    final RemoteTasks.Accounts remote = new RemoteTasks.Accounts();

    /** Registered tasks as their users wrote them, as far as they were needed. */
    private final Map<CleanupName, CleanupTask> tasks = new HashMap<>();

    private final ValueCodec codec;

    /** Tasks of jobs whose attempts are being cleaned up behind, by execution. */
    final Map<Long, AttemptTasks> attemptTasks = new HashMap<>();

    /** What was decided and is not stored yet. */
    final UnstoredChanges<CleanupChange> unstored = new UnstoredChanges<>();

    /** Steps that act, or wait to be tried again. */
    final Map<StepOrder.Key, ActingStep> acting = new HashMap<>();

    /** Identifiers under which these steps run processes. Also read by the actors of steps. */
    final ActingIds actingIds = new ActingIds();

    /** Executions that are being checked before they end, each with who does so. */
    final Map<Long, ActorRef<RunEnding.Command>> ending = new HashMap<>();

    /** Conditions that were raised and not cleared. */
    final Set<String> conditions = new HashSet<>();

    /** What a person was told of. */
    final CleanupIncidents incidents;

    /** Executions that wait for others to end. */
    final Deque<Deferred> deferred = new ArrayDeque<>();

    final List<Waiter> waiters = new ArrayList<>();
    ChannelSpec spec;

    @Nullable ActorRef<ThreadManager.Command> threads;

    @Nullable ActorRef<ServiceManager.Command> services;

    /** True once the channel is to leave its node. */
    boolean isLeaving;

    /** Who waits until nothing acts any more because the channel leaves its node, absent otherwise. */
    @Nullable ActorRef<CleanupManager.Left> leaving;

    /** Until then they wait for what has no process. */
    long leaveUntilNanos;

    boolean wasBuilt;
    long children;
    long boundaryViolations;

    CleanupAccounts(CleanupManager.Seed seed) {
        this.book = CleanupBook.of(seed.book());
        this.codec = seed.services().codec();
        this.spec = seed.spec();
        this.incidents = new CleanupIncidents(seed);
    }

    /** A registered task as its user wrote it; absent if there is none. */
    @Nullable CleanupTask task(CleanupName name) {
        RegisteredTask registered = book.task(name);
        return registered == null ? null : task(registered);
    }

    CleanupTask task(RegisteredTask registered) {
        return tasks.computeIfAbsent(registered.name(), _ -> codec.decodeCleanupTask(registered.task()));
    }

    /** The registered task that a step of an execution belongs to; absent for a step that a job declares. */
    @Nullable CleanupName registeredTask(long run, CleanupName step) {
        CleanupRun known = book.run(run);
        return known != null && known.isOfRegisteredTasks() ? step : null;
    }

    /** A task was registered or removed. */
    void forget(CleanupName task) {
        tasks.remove(task);
    }

    /** The channel is gone. */
    void forgetAll() {
        book.forgetAll();
        incidents.forgetAll();
        tasks.clear();
        keys.clear();
        measures.clear();
        attemptTasks.clear();
        ending.clear();
        deferred.clear();
        remote.clear();
    }

    /** Tasks that clean up behind one attempt. */
    record AttemptTasks(AttemptId attempt, Map<CleanupName, CleanupTask> tasks) {}

    /**
     * An execution that begins when another one has ended.
     *
     * @param waiter who waits for it, absent if nobody does
     */
    record Deferred(
            RunCause cause,
            @Nullable CleanupName root,
            long behindRun,
            @Nullable Waiter waiter) {}

    /** Somebody who waits for the end of an execution, or of its rollback. */
    static final class Waiter {
        final ActorRef<ManagerReply> replyTo;
        final boolean isForRollback;
        final long untilNanos;
        /** 0 while it has not begun. */
        long run;

        Waiter(ActorRef<ManagerReply> replyTo, boolean isForRollback, long run, long untilNanos) {
            this.replyTo = replyTo;
            this.isForRollback = isForRollback;
            this.run = run;
            this.untilNanos = untilNanos;
        }
    }
}
