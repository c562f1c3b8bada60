package io.millrace.domain.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.HierarchyReport;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockView;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LockTableTest {
    private static final LockName A = new LockName("a");
    private static final LockName B = new LockName("b");
    private static final LockName C = new LockName("c");
    private static final Owner ANN = Owner.named("ann");
    private static final Owner BOB = Owner.named("bob");
    private static final Owner CID = Owner.named("cid");
    private static final JobId JOB = new JobId(1, 1);
    private static final Owner ATTEMPT = new Owner("job attempt 1", JOB, 7);
    private static final long TTL_MILLIS = 30_000;
    private static final long INCARNATION = 3;

    private final List<LockOutcome> outcomes = new ArrayList<>();
    private final List<LockChange> changes = new ArrayList<>();
    private long nowMillis = 1_000_000;
    private long lastWish;
    private LockTable table = new LockTable(INCARNATION, "node-1", 41, List.of(), now());

    // Grants

    @Test
    @Proves("T-08")
    void aFreeLockIsGrantedWithAHigherToken() {
        long first = acquire(ANN, A);
        long second = acquire(ANN, B);

        assertThat(granted(first).token()).isEqualTo(42);
        assertThat(granted(second).token()).isEqualTo(43);
        assertThat(changes).hasSize(2).allMatch(LockChange.Granted.class::isInstance);
    }

    @Test
    @Proves("T-08")
    void waitersGetTheLockInTheOrderInWhichTheyCame() {
        HeldLease held = granted(acquire(ANN, A));
        long bob = acquire(BOB, A);
        long cid = acquire(CID, A);
        assertThat(outcomes).hasSize(1);

        release(held);

        assertThat(granted(bob).owner()).isEqualTo(BOB);
        assertThat(outcomes).noneMatch(outcome -> outcome.wish() == cid);
    }

    @Test
    void aLockThatIsFreeForAMomentIsNotTakenPastItsQueue() {
        HeldLease held = granted(acquire(ANN, A));
        long bob = acquire(BOB, A);
        release(held);

        long cid = acquire(CID, A, null, 0);

        assertThat(granted(bob).owner()).isEqualTo(BOB);
        assertThat(outcome(cid)).isInstanceOf(LockOutcome.TimedOut.class);
    }

    @Test
    @Proves({"T-08", "T-39", "G-64"})
    void whoeverWaitedLongEnoughIsToldWhoHoldsTheLockAndLeavesTheQueue() {
        HeldLease held = granted(acquire(ANN, A));
        long bob = acquire(BOB, A, null, 250);

        pass(249);
        assertThat(outcomes).hasSize(1);
        pass(1);

        assertThat(outcome(bob)).isEqualTo(new LockOutcome.TimedOut(bob, held));
        assertThat(table.view(A, now()).waiters()).isEmpty();
        assertThat(table.waiters()).isZero();
    }

    @Test
    void aWishThatMayNotWaitIsAnsweredAtOnce() {
        HeldLease held = granted(acquire(ANN, A));

        long bob = acquire(BOB, A, null, 0);

        assertThat(outcome(bob)).isEqualTo(new LockOutcome.TimedOut(bob, held));
    }

    @Test
    @Proves("T-10")
    void releasingWhatIsNotHeldChangesNothing() {
        HeldLease held = granted(acquire(ANN, A));
        changes.clear();

        note(table.release(A, held.token() + 1, now()));
        note(table.release(B, held.token(), now()));

        assertThat(changes).isEmpty();
        assertThat(table.held(A)).isEqualTo(held);
    }

    @Test
    @Proves("T-10")
    void releasingTwiceIsHarmless() {
        HeldLease held = granted(acquire(ANN, A));
        long bob = acquire(BOB, A);
        release(held);

        release(held);

        assertThat(table.held(A)).isEqualTo(granted(bob));
    }

    // Time

    @Test
    void aLeaseThatIsNotRenewedEndsAndPassesOn() {
        HeldLease held = granted(acquire(ANN, A));
        long bob = acquire(BOB, A, null, 60_000);

        pass(TTL_MILLIS);

        assertThat(changes).contains(new LockChange.Released(A, held.token(), LockChange.Reason.EXPIRED));
        assertThat(granted(bob).token()).isGreaterThan(held.token());
    }

    @Test
    void aRenewedLeaseLastsItsWholeTimeAgain() {
        HeldLease held = granted(acquire(ANN, A));
        pass(TTL_MILLIS - 1);

        assertThat(table.renew(A, held.token(), now())).isTrue();

        pass(TTL_MILLIS - 1);
        assertThat(table.held(A)).isEqualTo(held);
        pass(1);
        assertThat(table.held(A)).isNull();
    }

    @Test
    void aLeaseThatHasEndedIsNotRenewed() {
        HeldLease held = granted(acquire(ANN, A));
        nowMillis += TTL_MILLIS;

        assertThat(table.renew(A, held.token(), now())).isFalse();
    }

    @Test
    @Proves({"T-32", "G-75"})
    void anAttemptHoldsItsLocksUntilItEnds() {
        HeldLease held = granted(acquire(ATTEMPT, A));
        pass(100 * TTL_MILLIS);
        assertThat(table.held(A)).isEqualTo(held);
        long waiting = acquire(ATTEMPT, B);
        granted(waiting);

        note(table.releaseAll(JOB, ATTEMPT.epoch(), now()));

        assertThat(table.leases()).isZero();
        assertThat(changes).contains(new LockChange.Released(A, held.token(), LockChange.Reason.OWNER_ENDED));
    }

    @Test
    void anAttemptThatHasEndedWaitsNoLonger() {
        granted(acquire(ANN, A));
        long waiting = acquire(ATTEMPT, A);

        note(table.releaseAll(JOB, ATTEMPT.epoch(), now()));

        assertThat(refused(waiting).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(table.waiters()).isZero();
    }

    @Test
    void aRequestOfAnEndedAttemptThatArrivesLateGetsNoLock() {
        note(table.releaseAll(JOB, ATTEMPT.epoch(), now()));

        Problem problem = refused(acquire(ATTEMPT, A));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(table.leases()).isZero();
    }

    // Takeover

    @Test
    void everyLeaseOfAnEarlierLifeGetsItsWholeTimeAgain() {
        HeldLease stored = stored(ANN, 17);
        table = new LockTable(INCARNATION, "node-1", 41, List.of(stored), now());

        pass(TTL_MILLIS - 1);
        assertThat(table.held(A)).isEqualTo(stored);
        pass(1);

        assertThat(table.held(A)).isNull();
    }

    @Test
    void anAttemptOfAnEarlierLifeIsNotBelievedToHaveEnded() {
        HeldLease stored = stored(ATTEMPT, 17);
        table = new LockTable(INCARNATION, "node-1", 41, List.of(stored), now());

        note(table.releaseAll(JOB, ATTEMPT.epoch(), now()));
        assertThat(table.held(A)).isEqualTo(stored);
        pass(TTL_MILLIS);

        assertThat(granted(acquire(BOB, A)).token()).isEqualTo(42);
    }

    @Test
    @Proves("T-32")
    void anAttemptOfAnEarlierLifeThatIsOverForCertainGivesItsLocksBack() {
        HeldLease stored = stored(ATTEMPT, 17);
        table = new LockTable(INCARNATION, "node-1", 41, List.of(stored), now());
        long waiting = acquire(BOB, A);

        note(table.releaseAllOfEarlierLives(JOB, ATTEMPT.epoch(), now()));

        assertThat(changes).contains(new LockChange.Released(A, 17, LockChange.Reason.OWNER_ENDED));
        assertThat(granted(waiting).token()).isEqualTo(42);
        assertThat(table.held(JOB, ATTEMPT.epoch())).isEmpty();
    }

    @Test
    void theEndOfAnAttemptOfAnEarlierLifeLeavesWhatLaterAttemptsAndOthersHold() {
        HeldLease stored = stored(new Owner("job attempt 2", JOB, ATTEMPT.epoch() + 1), 17);
        table = new LockTable(INCARNATION, "node-1", 41, List.of(stored), now());
        HeldLease others = granted(acquire(ANN, B));

        note(table.releaseAllOfEarlierLives(JOB, ATTEMPT.epoch(), now()));

        assertThat(table.held()).containsExactly(stored, others);
    }

    @Test
    void nothingOfAnEarlierLifeIsGivenBackTwice() {
        table = new LockTable(INCARNATION, "node-1", 41, List.of(stored(ATTEMPT, 17)), now());
        note(table.releaseAllOfEarlierLives(JOB, ATTEMPT.epoch(), now()));
        HeldLease next = granted(acquire(BOB, A));

        LockDecision again = table.releaseAllOfEarlierLives(JOB, ATTEMPT.epoch(), now());

        assertThat(again.changes()).isEmpty();
        assertThat(table.held(A)).isEqualTo(next);
    }

    // Asking twice

    @Test
    void theSameRequestGetsTheSameLease() {
        HeldLease held = granted(acquire(ANN, A, "key"));

        HeldLease again = granted(acquire(ANN, A, "key"));

        assertThat(again).isEqualTo(held);
        assertThat(table.leases()).isOne();
    }

    @Test
    void theSameRequestKeepsItsPlaceInTheQueue() {
        HeldLease held = granted(acquire(ANN, A));
        long lost = acquire(BOB, A, "key");
        long cid = acquire(CID, A);
        long again = acquire(BOB, A, "key");
        assertThat(refused(lost).detail()).contains("sent again");

        release(held);

        assertThat(granted(again).owner()).isEqualTo(BOB);
        assertThat(outcomes).noneMatch(outcome -> outcome.wish() == cid);
    }

    @Test
    void anOwnerCannotHoldALockTwice() {
        granted(acquire(ANN, A));

        Problem problem = refused(acquire(ANN, A));

        assertThat(problem.code()).isEqualTo(ErrorCode.CONCURRENCY);
        assertThat(problem.detail()).contains("ann", "'a'", "Renew");
    }

    @Test
    void anOwnerCannotWaitTwice() {
        granted(acquire(ANN, A));
        acquire(BOB, A);

        assertThat(refused(acquire(BOB, A)).detail()).contains("waits for lock 'a' already");
    }

    // Levels

    @Test
    @Proves({"T-31", "T-40", "G-76"})
    void aLockAtOrBelowAHeldLevelIsRefusedAtOnceWithBothLocksBothHoldersAndTheOrder() {
        granted(acquire(BOB, A, 1));
        granted(acquire(ANN, B, 2));

        Problem problem = refused(acquire(ANN, A, 1));

        assertThat(problem.code()).isEqualTo(ErrorCode.CONCURRENCY);
        assertThat(problem.detail())
                .contains("'ann'", "held by 'bob'", "lock 'a' of level 1", "lock 'b' of level 2", "'a' before 'b'");
        assertThat(table.view(A, now()).waiters()).isEmpty();
    }

    @Test
    @Proves("T-62")
    void whoeverWasRefusedGoesOnInTheRightOrder() {
        HeldLease second = granted(acquire(ANN, B, 2));
        refused(acquire(ANN, A, 1));

        release(second);

        granted(acquire(ANN, A, 1));
        granted(acquire(ANN, B, 2));
    }

    @Test
    void theLevelIsLookedAtAgainWhenTheTurnComes() {
        HeldLease held = granted(acquire(BOB, A, 1));
        long early = acquire(ANN, A, 1);
        granted(acquire(ANN, B, 2));

        release(held);

        assertThat(refused(early).detail()).contains("level 1", "level 2");
        assertThat(table.held(A)).isNull();
    }

    @Test
    void aLockInUseHasOneLevel() {
        granted(acquire(ANN, A, 1));

        Problem problem = refused(acquire(BOB, A, 5));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem.detail()).contains("level 1", "says 5");
    }

    // Learnt order

    @Test
    @Proves("T-11")
    void anInvertedOrderIsGrantedAndReportedWhileBothAreHeld() {
        HeldLease a = granted(acquire(ANN, A));
        HeldLease b = granted(acquire(ANN, B));
        release(b);
        release(a);
        granted(acquire(BOB, B));

        long inverted = acquire(BOB, A);

        assertThat(((LockOutcome.Granted) outcome(inverted)).warnings())
                .singleElement()
                .asString()
                .contains("'bob'", "'a' before 'b'", "first by 'ann'");
        HierarchyReport report = table.hierarchy();
        assertThat(report.valid()).isFalse();
        assertThat(report.violations()).singleElement().satisfies(violation -> {
            assertThat(violation.owner()).isEqualTo(BOB);
            assertThat(violation.lock()).isEqualTo(A);
            assertThat(violation.heldLocks()).containsExactly(B);
        });
        assertThat(report.order()).containsExactly(A, B);
        release(granted(inverted));
        assertThat(table.hierarchy().valid()).isTrue();
    }

    @Test
    void anOrderIsLearntAcrossLocksBetween() {
        takeBoth(ANN, A, B);
        takeBoth(ANN, B, C);
        granted(acquire(BOB, C));

        long inverted = acquire(BOB, A);

        assertThat(((LockOutcome.Granted) outcome(inverted)).warnings())
                .singleElement()
                .asString()
                .contains("'a' before 'b'", "'b' before 'c'");
    }

    @Test
    void declaredLevelsAreAnOrderAlready() {
        granted(acquire(ANN, A, 1));
        granted(acquire(ANN, B, 2));

        assertThat(table.graph().order()).isEmpty();
        assertThat(table.hierarchy().order()).containsExactly(A, B);
    }

    @Test
    void locksAreArrangedByLevelThenAsLearntThenByName() {
        takeBoth(ANN, C, B);
        granted(acquire(BOB, A, 7));

        assertThat(table.arranged(List.of(B, C, A, new LockName("aa")))).containsExactly(A, new LockName("aa"), C, B);
    }

    // Circles

    @Test
    @Proves("T-44")
    void theWishThatClosesACircleIsRefusedWithBothLocksAndBothHolders() {
        takeBoth(CID, A, B);
        granted(acquire(ANN, A));
        granted(acquire(BOB, B));
        long ann = acquire(ANN, B);

        Problem problem = refused(acquire(BOB, A));

        assertThat(problem.code()).isEqualTo(ErrorCode.CONCURRENCY);
        assertThat(problem.detail())
                .contains(
                        "'bob' wants 'a', which 'ann' has",
                        "'ann' wants 'b', which 'bob' has",
                        "'a' before 'b' (first by 'cid')");
        assertThat(outcomes).noneMatch(outcome -> outcome.wish() == ann);
        assertThat(table.hierarchy().waitCycles()).isEmpty();
    }

    @Test
    @Proves("T-44")
    void aCircleOfThreeIsFound() {
        granted(acquire(ANN, A));
        granted(acquire(BOB, B));
        granted(acquire(CID, C));
        acquire(ANN, B);
        acquire(BOB, C);

        assertThat(refused(acquire(CID, A)).detail()).contains("'cid'", "'ann'", "'bob'");
    }

    @Test
    void aCircleThroughAQueueIsFound() {
        granted(acquire(CID, A));
        granted(acquire(BOB, B));
        acquire(ANN, A);
        acquire(ANN, B);

        assertThat(refused(acquire(BOB, A)).detail()).contains("'bob' wants 'a', which 'ann' has or gets first");
    }

    @Test
    void whoeverQueuesBehindAnotherIsNoCircle() {
        granted(acquire(ANN, A));
        acquire(BOB, A);
        acquire(CID, A);

        assertThat(table.waiters()).isEqualTo(2);
        assertThat(table.graph().waits())
                .extracting(LockGraph.Wait::waiter, LockGraph.Wait::holder)
                .containsExactly(tuple(BOB, ANN), tuple(CID, BOB));
    }

    // Limits and views

    @Test
    void noMoreLeasesThanTheLimit() {
        for (int n = 0; n < Limits.LEASES_MAX; n++) {
            acquire(ANN, new LockName("lock-" + n));
        }

        assertThat(refused(acquire(ANN, A)).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
    }

    @Test
    void noMoreWaitersThanTheLimit() {
        granted(acquire(ANN, A));
        for (int n = 0; n < Limits.LOCK_WAITERS_MAX; n++) {
            acquire(Owner.named("waiter-" + n), A);
        }

        assertThat(refused(acquire(BOB, A)).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(table.waiters()).isEqualTo(Limits.LOCK_WAITERS_MAX);
    }

    @Test
    void aLockIsShownWithHolderAndWaiters() {
        HeldLease held = granted(acquire(ANN, A, 4));
        acquire(BOB, A);

        LockView view = table.view(A, now());

        assertThat(view.level()).isEqualTo(4);
        assertThat(view.holder()).isEqualTo(ANN);
        assertThat(view.token()).isEqualTo(held.token());
        assertThat(view.expiresAt()).isEqualTo(Instant.ofEpochMilli(nowMillis + TTL_MILLIS));
        assertThat(view.waiters())
                .singleElement()
                .satisfies(waiter -> assertThat(waiter.owner()).isEqualTo(BOB));
    }

    @Test
    void whatIsOverLeavesNothingBehind() {
        HeldLease held = granted(acquire(ANN, A));
        acquire(BOB, A, null, 10);
        pass(10);
        release(held);

        assertThat(table.views(now())).isEmpty();
        assertThat(table.nextNanos()).isEqualTo(Long.MAX_VALUE);
    }

    // Helpers

    private void takeBoth(Owner owner, LockName first, LockName second) {
        HeldLease outer = granted(acquire(owner, first));
        HeldLease inner = granted(acquire(owner, second));
        release(inner);
        release(outer);
    }

    private static HeldLease stored(Owner owner, long token) {
        return new HeldLease(A, owner, token, null, TTL_MILLIS, 500_000, INCARNATION - 1, "node-2", null);
    }

    private long acquire(Owner owner, LockName lock) {
        return acquire(owner, lock, null, 10_000);
    }

    private long acquire(Owner owner, LockName lock, int level) {
        return acquire(owner, lock, level, 10_000);
    }

    private long acquire(Owner owner, LockName lock, @Nullable Integer level, long waitMillis) {
        return acquire(owner, lock, level, waitMillis, null);
    }

    private long acquire(Owner owner, LockName lock, String key) {
        return acquire(owner, lock, null, 10_000, key);
    }

    private long acquire(Owner owner, LockName lock, @Nullable Integer level, long waitMillis, @Nullable String key) {
        long waitNanos = TimeUnit.MILLISECONDS.toNanos(waitMillis);
        note(table.acquire(new LockWish(++lastWish, owner, lock, level, TTL_MILLIS, waitNanos, key), now()));
        return lastWish;
    }

    private void release(HeldLease lease) {
        note(table.release(lease.lock(), lease.token(), now()));
    }

    private void pass(long millis) {
        nowMillis += millis;
        note(table.pass(now()));
    }

    private void note(LockDecision decision) {
        changes.addAll(decision.changes());
        outcomes.addAll(decision.outcomes());
    }

    private LockOutcome outcome(long wish) {
        return outcomes.stream()
                .filter(outcome -> outcome.wish() == wish)
                .findFirst()
                .orElseThrow(() -> new AssertionError("wish " + wish + " has no outcome yet; there are " + outcomes));
    }

    private HeldLease granted(long wish) {
        assertThat(outcome(wish)).isInstanceOf(LockOutcome.Granted.class);
        return ((LockOutcome.Granted) outcome(wish)).lease();
    }

    private Problem refused(long wish) {
        assertThat(outcome(wish)).isInstanceOf(LockOutcome.Refused.class);
        return ((LockOutcome.Refused) outcome(wish)).problem();
    }

    private Moment now() {
        return new Moment(TimeUnit.MILLISECONDS.toNanos(nowMillis), nowMillis);
    }
}
