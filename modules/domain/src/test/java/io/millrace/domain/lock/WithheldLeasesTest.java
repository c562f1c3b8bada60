package io.millrace.domain.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a cleanup of the channel does to its leases. */
class WithheldLeasesTest {
    private static final LockName A = new LockName("a");
    private static final LockName B = new LockName("b");
    private static final Owner ANN = Owner.named("ann");
    private static final Owner BOB = Owner.named("bob");
    private static final Owner ATTEMPT = attempt(7);
    private static final long TTL_MILLIS = 30_000;

    private final List<LockOutcome> outcomes = new ArrayList<>();
    private final List<LockChange> changes = new ArrayList<>();
    private long nowMillis = 1_000_000;
    private long lastWish;
    private final LockTable table = new LockTable(1, "node-1", 0, List.of(), now());

    @Test
    void aWithheldLeaseKeepsItsLockAndItsHolderCanDoNothingWithIt() {
        // given
        HeldLease lease = granted(acquire(ANN, A, 0));

        // when
        note(table.withhold(now()));

        // then
        assertThat(table.isWithheld(A)).isTrue();
        assertThat(table.renew(A, lease.token(), now())).isFalse();
        assertThat(table.release(A, lease.token(), now()).changes()).isEmpty();
        assertThat(table.held(A)).isEqualTo(lease);
        assertThat(refused(acquire(BOB, A, 1_000)).code()).isEqualTo(ErrorCode.INVALID_STATE);
    }

    @Test
    void theLeaseOfAnAttemptIsItsOwnDuringACleanup() {
        // given
        HeldLease lease = granted(acquire(ATTEMPT, A, 0));

        // when
        note(table.withhold(now()));

        // then
        assertThat(table.withheld()).isZero();
        assertThat(table.renew(A, lease.token(), now())).isTrue();
        assertThat(table.release(A, lease.token(), now()).changes())
                .containsExactly(new LockChange.Released(A, lease.token(), LockChange.Reason.RELEASED));
    }

    @Test
    void nothingIsGrantedDuringACleanupNotEvenAFreeLock() {
        // given
        note(table.withhold(now()));

        // when
        long anns = acquire(ANN, A, 1_000);
        long impatient = acquire(ATTEMPT, A, 0);
        long patient = acquire(ATTEMPT, B, 1_000);

        // then
        assertThat(refused(anns).detail()).contains("being cleaned up", "when the cleanup has ended");
        assertThat(refused(impatient).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(outcomes).noneMatch(outcome -> outcome.wish() == patient);
        assertThat(changes).isEmpty();
    }

    @Test
    void ofThoseWhoWaitOnlyAttemptsWaitOn() {
        // given
        acquire(ANN, A, 0);
        long bobs = acquire(BOB, A, 10_000);
        long attempts = acquire(ATTEMPT, A, 10_000);

        // when
        note(table.withhold(now()));

        // then
        assertThat(refused(bobs).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(outcomes).noneMatch(outcome -> outcome.wish() == attempts);
        assertThat(table.waiters()).isOne();
    }

    @Test
    void aLockThatBecomesFreeDuringACleanupIsGrantedBehindIt() {
        // given
        HeldLease first = granted(acquire(ATTEMPT, A, 0));
        long next = acquire(attempt(8), A, 10_000);
        note(table.withhold(now()));

        // when, then
        note(table.release(A, first.token(), now()));
        assertThat(outcomes).noneMatch(outcome -> outcome.wish() == next);

        note(table.restore(now()));
        assertThat(granted(next).lock()).isEqualTo(A);
    }

    @Test
    void whatIsRestoredIsTheSameLeaseWithTheTimeItHas() {
        // given
        HeldLease lease = granted(acquire(ANN, A, 0));
        note(table.withhold(now()));
        pass(TTL_MILLIS / 2);

        // when
        note(table.restore(now()));

        // then
        assertThat(table.held(A)).isEqualTo(lease);
        assertThat(table.nextNanos()).isEqualTo(now().nanos() + TimeUnit.MILLISECONDS.toNanos(TTL_MILLIS / 2));
        assertThat(table.renew(A, lease.token(), now())).isTrue();
        assertThat(changes).containsExactly(new LockChange.Granted(lease));
    }

    @Test
    void aLeaseWhoseTimeIsOverWhileItIsWithheldEndsWhenItIsRestored() {
        // given
        HeldLease lease = granted(acquire(ANN, A, 0));
        note(table.withhold(now()));
        pass(TTL_MILLIS);
        assertThat(table.held(A)).isEqualTo(lease);

        // when
        note(table.restore(now()));

        // then
        assertThat(changes).contains(new LockChange.Released(A, lease.token(), LockChange.Reason.EXPIRED));
        assertThat(table.held(A)).isNull();
    }

    @Test
    void aCleanupThatHasSucceededEndsWhatItWithheldAndServesWhoWaits() {
        // given
        HeldLease anns = granted(acquire(ANN, A, 0));
        HeldLease bobs = granted(acquire(BOB, B, 0));
        long waiting = acquire(ATTEMPT, A, 10_000);
        note(table.withhold(now()));
        changes.clear();

        // when
        note(table.releaseWithheld(now()));

        // then
        assertThat(changes)
                .containsExactly(
                        new LockChange.Released(A, anns.token(), LockChange.Reason.CLEANED_UP),
                        new LockChange.Granted(granted(waiting)),
                        new LockChange.Released(B, bobs.token(), LockChange.Reason.CLEANED_UP));
        assertThat(table.withheld()).isZero();
        assertThat(granted(acquire(ANN, B, 0)).token()).isGreaterThan(bobs.token());
    }

    @Test
    void eachStepDoneTwiceIsDoneOnce() {
        // given
        acquire(ANN, A, 0);

        // when, then
        note(table.withhold(now()));
        note(table.withhold(now()));
        assertThat(table.withheld()).isOne();

        note(table.releaseWithheld(now()));
        note(table.releaseWithheld(now()));
        note(table.restore(now()));
        assertThat(changes).filteredOn(LockChange.Released.class::isInstance).hasSize(1);
    }

    @Test
    void aCleanupHandsOutNoMoreLeasesThanThereMayBe() {
        // given as many leases as there may be, and two attempts that wait for locks which become free in a cleanup
        HeldLease first = granted(acquire(attempt(1), A, 0));
        HeldLease second = granted(acquire(attempt(2), B, 0));
        for (int i = 2; i < Limits.LEASES_MAX; i++) {
            acquire(attempt(3), new LockName("lock-" + i), 0);
        }
        long waitsForA = acquire(attempt(4), A, 10_000);
        long waitsForB = acquire(attempt(5), B, 10_000);
        note(table.withhold(now()));
        note(table.release(A, first.token(), now()));
        note(table.release(B, second.token(), now()));

        // when
        note(table.restore(now()));

        // then
        assertThat(granted(waitsForA).lock()).isEqualTo(A);
        assertThat(granted(waitsForB).lock()).isEqualTo(B);
        assertThat(table.leases()).isEqualTo(Limits.LEASES_MAX);
    }

    private static Owner attempt(long epoch) {
        return new Owner("job attempt " + epoch, new JobId(1, 1), epoch);
    }

    private long acquire(Owner owner, LockName lock, long waitMillis) {
        long waitNanos = TimeUnit.MILLISECONDS.toNanos(waitMillis);
        note(table.acquire(new LockWish(++lastWish, owner, lock, null, TTL_MILLIS, waitNanos, null), now()));
        return lastWish;
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
