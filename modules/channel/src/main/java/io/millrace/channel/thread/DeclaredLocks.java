package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.handle.Owners;
import io.millrace.channel.lock.LockManager;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.contracts.lock.LockView;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The locks an attempt declared, which it takes one after the other in the order the lock manager knows for them. Each is
 * asked for without waiting first, so that the user can be told who has it, and then for as long as it takes.
 */
final class DeclaredLocks {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

    private final AttemptId attempt;
    private final Deque<LockName> missing;
    private final List<Lease> held = new ArrayList<>();
    private boolean areArranged;
    private Duration wait = Duration.ZERO;
    private int asked;
    private @Nullable Instant waitsSince;

    DeclaredLocks(AttemptId attempt, List<LockName> locks) {
        this.attempt = attempt;
        this.missing = new ArrayDeque<>(locks);
        this.areArranged = locks.size() < 2;
    }

    /** True once their order is known. */
    boolean areArranged() {
        return areArranged;
    }

    LockManager.Arrange arrangement(ActorRef<ManagerReply> replyTo) {
        return new LockManager.Arrange(List.copyOf(missing), replyTo);
    }

    void arrange(List<LockName> order) {
        missing.clear();
        missing.addAll(order);
        areArranged = true;
    }

    /** The leases taken so far. */
    List<Lease> held() {
        return List.copyOf(held);
    }

    /** The fencing tokens taken so far as a process reads them, for example {@code index=41,schema=42}. */
    String tokens() {
        return held.stream().map(lease -> lease.lock() + "=" + lease.token()).collect(Collectors.joining(","));
    }

    boolean areHeld() {
        return missing.isEmpty();
    }

    /** Number of the question that is to be sent now; answers to earlier ones count no more. */
    int nextQuestion() {
        return ++asked;
    }

    boolean isLatest(int question) {
        return question == asked;
    }

    /** Asks for the next lock. Sent again it keeps its place in the queue. */
    LockManager.Acquire request(ActorRef<ManagerReply> replyTo) {
        return new LockManager.Acquire(
                Owners.of(attempt),
                new LockRequest(missing.getFirst(), wait, null, null),
                attempt + " " + attempt.epoch(),
                replyTo);
    }

    /** Asks who has the lock by now; only of use while the attempt waits for it. */
    LockManager.Show holderRequest(ActorRef<ManagerReply> replyTo) {
        return new LockManager.Show(missing.getFirst(), replyTo);
    }

    boolean areWaitedFor() {
        return !wait.isZero();
    }

    /** Time after which a question is lost; until then it may stand in the queue. */
    Duration answerWithin() {
        return wait.plus(Limits.ASK_TIMEOUT);
    }

    /** The next lock is held. */
    void granted(Lease lease) {
        missing.removeFirst();
        held.add(lease);
        wait = Duration.ZERO;
        waitsSince = null;
    }

    /** Somebody else has the lock: from now on the attempt waits for it, and this is what its user reads. */
    Condition waitFor(LockAnswer.NotGranted answer) {
        wait = Limits.LOCK_WAIT_MAX;
        if (waitsSince == null) {
            waitsSince = Instant.now();
        }
        return waiting(answer.holder(), answer.heldSince(), waitsSince);
    }

    /** What the user reads now that the lock may have another holder; absent if the attempt waits for it no more. */
    Optional<Condition> waitsFor(LockView lock) {
        return waitsSince == null || areHeld() || !lock.lock().equals(missing.getFirst())
                ? Optional.empty()
                : Optional.of(waiting(lock.holder(), lock.heldSince(), waitsSince));
    }

    private Condition waiting(@Nullable Owner holder, @Nullable Instant heldSince, Instant since) {
        String held = holder == null || heldSince == null
                ? " is promised to others"
                : " is held by " + holder + " since " + TIME.format(heldSince) + " UTC";
        return new Condition("WaitingForLock", "lock " + missing.getFirst() + held, since);
    }
}
