package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.handler.context.Usage;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.AttemptOutcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** What the manager knows of one thread, from its registration on: an attempt's, or one that was created by itself. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ManagedThread {
    final AttemptId id;
    final JobKind kind;
    final Placement placement;
    final @Nullable Origin origin;
    final Instant createdAt = Instant.now();
    final long createdNanos = System.nanoTime();

    /** Those who wait for its end. */
    final List<EndWaiter> waiters = new ArrayList<>();

    ThreadState state = ThreadState.STARTING;

    /** Seal and all, once somebody has seen it. */
    @Nullable Handle handle;

    /** What to run; absent once it has ended, because it may be large. */
    @Nullable Attempt attempt;

    /** Who created it, as long as they wait to hear that it runs. */
    @Nullable ActorRef<ManagerReply> creator;

    /** What it waits for before it begins. */
    @Nullable Condition wait;

    /** Why it does not run on the processors that were asked for. */
    @Nullable Condition affinityObstacle;

    List<Integer> affinityInForce = List.of();

    /** Its slot's number, 0 before it has one. */
    int slot;

    long begunNanos;
    long endedNanos;

    @Nullable Instant startedAt;

    @Nullable Instant endedAt;

    @Nullable Instant lastHeartbeat;

    @Nullable AttemptOutcome outcome;

    Usage usage = Usage.NONE;
    ThreadManager.Ending ending = ThreadManager.Ending.UNFORCED;
    int resourcesHeld;
    long runsOfSlot;
    long failuresOfSlot;

    /**
     * Where a thread that was created by itself comes from.
     *
     * @param handler name of what it runs
     * @param parent attempt that created it and with which it ends, absent for a caller from outside
     * @param bodyHash digest of the request that came with the key
     */
    record Origin(
            String handler,
            @Nullable AttemptId parent,
            @Nullable String requestKey,
            @Nullable String bodyHash) {}

    ManagedThread(Attempt attempt, Placement placement, @Nullable Origin origin) {
        this.id = attempt.id();
        this.kind = attempt.kind();
        this.attempt = attempt;
        this.placement = placement;
        this.origin = origin;
    }

    /** True if it belongs to no job. */
    boolean isDirect() {
        return origin != null;
    }

    boolean isWaiting() {
        return slot == 0 && state != ThreadState.ENDED;
    }

    boolean isChildOf(AttemptId attempt) {
        return origin != null && attempt.equals(origin.parent);
    }

    void begin(Slot taken) {
        slot = taken.number;
        wait = null;
        begunNanos = System.nanoTime();
        startedAt = Instant.now();
        if (!isDirect()) {
            state = ThreadState.RUNNING;
        }
    }

    void end(AttemptOutcome result) {
        state = ThreadState.ENDED;
        outcome = result;
        endedAt = Instant.now();
        endedNanos = System.nanoTime();
        attempt = null;
        wait = null;
        resourcesHeld = 0;
    }

    /** Time between registration and the start of its work, or until now. */
    long queueWaitNanos() {
        long until = begunNanos != 0 ? begunNanos : endedNanos != 0 ? endedNanos : System.nanoTime();
        return until - createdNanos;
    }

    /** Time since the start of its work, until its end. */
    long runNanos() {
        if (begunNanos == 0) {
            return 0;
        }
        return (endedNanos != 0 ? endedNanos : System.nanoTime()) - begunNanos;
    }

    @Nullable Problem error() {
        return outcome == null ? null : outcome.error();
    }

    /** Characters of the result that is kept for those who ask. */
    int resultChars() {
        String result = outcome == null ? null : outcome.resultJson();
        return result == null ? 0 : result.length();
    }

    /**
     * Somebody who waits for its end.
     *
     * @param untilNanos when they give up, {@link Long#MAX_VALUE} if something else ends their wait
     */
    record EndWaiter(ActorRef<ManagerReply> replyTo, boolean isTermination, long untilNanos) {}
}
