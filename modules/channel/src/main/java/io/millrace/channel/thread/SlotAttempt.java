package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.handler.context.Declared;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.handler.context.Usage;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.GrantedBuffer;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attempt in a slot: how far it is, what it holds, and when something is to be done although nothing happens. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class SlotAttempt {
    /** A time at which nothing is to be done. */
    static final long NEVER = Long.MAX_VALUE;

    /** A longer time limit is none: it keeps times from wrapping around. */
    private static final long TIMEOUT_MILLIS_MAX = Duration.ofDays(3_650).toMillis();

    final Attempt attempt;
    final AttemptId id;
    final Placement placement;
    final Map<String, String> env;
    /** False in a channel that has no buffers of the size, and for a process that runs already. */
    final boolean hasPooledOutput;

    final HandlerPermits.@Nullable Permit permit;
    final long startedNanos = System.nanoTime();
    final long deadlineNanos;
    final Set<Holding> holdings = EnumSet.noneOf(Holding.class);
    Phase phase = Phase.ACQUIRING;

    @Nullable JobSpec spec;

    List<ResourceRequest> requests = List.of();
    List<ResourceView> resources = List.of();
    List<GrantedBuffer> buffers = List.of();
    DeclaredLocks locks;
    /** Asks for its process, at first and again. */
    ProcessManager.@Nullable Command process;

    @Nullable HandlerRun handler;

    @Nullable StopReason stopReason;

    @Nullable AttemptOutcome outcome;

    @Nullable String threadName;

    boolean toldWait;
    boolean wasKilled;
    long stoppedAtMillis;
    ThreadManager.Ending ending = ThreadManager.Ending.UNFORCED;
    Usage usage = Usage.NONE;
    Duration grace = Limits.STOP_GRACE;
    long interruptAtNanos = NEVER;
    long graceEndsNanos = NEVER;
    long askAgainAtNanos = NEVER;

    SlotAttempt(Worker.Start start) {
        this.attempt = start.attempt();
        this.id = start.attempt().id();
        this.placement = start.placement();
        this.env = start.spec().env();
        this.hasPooledOutput =
                !attempt.isAdopted() && start.spec().resources().buffers().medium() > 0;
        this.permit = start.permit();
        this.locks = new DeclaredLocks(id, List.of());
        this.deadlineNanos = startedNanos
                + Duration.ofMillis(Math.min(attempt.timeoutMillis(), TIMEOUT_MILLIS_MAX) - ranBeforeMillis(attempt))
                        .toNanos();
    }

    /** How much of its time was over when it was taken over. Only wall clocks tell. */
    private static long ranBeforeMillis(Attempt attempt) {
        long ran = attempt.isAdopted()
                ? Duration.between(attempt.startedAt(), Instant.now()).toMillis()
                : 0;
        return Math.clamp(ran, 0, attempt.timeoutMillis());
    }

    /** True for a process that had ended by itself, while nobody looked after it, before it was asked to. */
    boolean hadEndedBeforeItsStop(ProcessManager.Ended ended) {
        return attempt.isAdopted() && ended.endedAtMillis() < stoppedAtMillis;
    }

    boolean canStop() {
        return phase == Phase.ACQUIRING || phase == Phase.LOCKING || phase == Phase.RESOLVING || phase == Phase.RUNNING;
    }

    @Nullable String traceparent() {
        return spec == null ? null : spec.traceparent();
    }

    /** What its job declares to be done behind it. */
    List<CleanupTask> tasks() {
        return spec == null ? List.of() : spec.cleanup();
    }

    Declared declared() {
        return new Declared(
                locks.held(),
                resources,
                buffers.stream().map(GrantedBuffer::buffer).toList());
    }

    AttemptOutcome outcome() {
        return outcome == null ? Outcomes.crashed() : outcome;
    }

    boolean isInterruptDueAt(long now) {
        return interruptAtNanos != NEVER && interruptAtNanos - now <= 0;
    }

    long nextTickNanos() {
        long next = askAgainAtNanos;
        if (canStop()) {
            next = earlier(next, stopReason == null ? deadlineNanos : graceEndsNanos);
            next = earlier(next, interruptAtNanos);
        } else if (phase == Phase.QUARANTINED) {
            next = earlier(next, interruptAtNanos);
        }
        return next;
    }

    private static long earlier(long one, long other) {
        if (one == NEVER || other == NEVER) {
            return one == NEVER ? other : one;
        }
        return one - other < 0 ? one : other;
    }

    /** How far an attempt is. */
    enum Phase {
        /** Waits for declared resources. */
        ACQUIRING,
        /** Waits for a declared lock. */
        LOCKING,
        /** Its script is being looked for. */
        RESOLVING,
        /** Its process or handler runs. */
        RUNNING,
        /** Its work has ended; what it held is being returned. */
        CLEANING,
        /** Its handler would not end; its lines are being made durable. */
        LEAVING,
        /** Its attempt is reported as ended, its handler runs on. */
        QUARANTINED,
        /** Its handler has returned after all; what it held is being returned. */
        RETURNING
    }
}
