package io.millrace.channel.lock;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.Nothing.nothing;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a cleanup of the whole channel asks of its lock manager. */
class LockCleanupTest {
    private static final LockName A = new LockName("a");
    private static final LockName B = new LockName("b");
    private static final Owner ANN = Owner.named("ann");
    private static final Owner BOB = Owner.named("bob");
    private static final Owner WORKER = new Owner("job attempt 1", new JobId(1, 1), 7);

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final AtomicLong nowMillis = new AtomicLong(1_000_000);
    private final TestProbe<ChannelReport> channel = kit.createTestProbe("channel");
    /** What the channel has stored. */
    private final List<LockChange> stored = new ArrayList<>();

    private final ActorRef<LockManager.Command> manager = kit.spawn(LockManager.create(new LockManager.Seed(
            new ChannelName("locks"),
            3,
            "node-1",
            41,
            List.of(),
            TestServices.SEALS,
            () -> new Moment(nowMillis.get() * 1_000_000, nowMillis.get()),
            new Instruments(),
            channel.getRef())));

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    @Proves("C-41")
    void aWithheldLeaseIsOfNoUseToItsHolderAndNobodyElseGetsTheLock() {
        // given
        Lease lease = held(ANN, A);
        var waits = acquire(BOB, A);

        // when
        assertThat(withhold()).isEqualTo(new LockManager.Withheld(1));
        var later = acquire(BOB, B);

        // then
        Problem renewal =
                refusal(this.<ManagerReply>tell(replyTo -> new LockManager.Renew(A, lease.handle(), replyTo)));
        Problem release =
                refusal(this.<ManagerReply>tell(replyTo -> new LockManager.Release(A, lease.handle(), replyTo)));
        assertThat(List.of(renewal, release, refusal(waits), refusal(later))).allSatisfy(problem -> {
            assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
            assertThat(problem.detail()).contains("being cleaned up");
        });
        pass(Limits.LEASE_TTL);
        assertThat(leases()).extracting(HeldLease::token).containsExactly(lease.token());
    }

    @Test
    @Proves("C-41")
    void anAttemptThatStartsDuringACleanupGetsItsLockBehindIt() {
        // given
        withhold();
        var worker = acquire(WORKER, A);
        assertThat(leases()).isEmpty();

        // when
        var released = this.<LockManager.WithheldReleased>tell(LockManager.ReleaseWithheld::new);
        store(1);
        assertThat(released.receiveMessage(PATIENCE).leases()).isZero();

        // then
        assertThat(granted(worker).lock()).isEqualTo(A);
    }

    @Test
    void whatIsRestoredIsTheSameLease() {
        // given
        Lease lease = held(ANN, A);
        withhold();

        // when
        restore();
        restore();

        // then
        this.<ManagerReply>tell(replyTo -> new LockManager.Renew(A, lease.handle(), replyTo))
                .expectMessageClass(LockManager.Renewed.class);
        assertThat(held(BOB, B).token()).isGreaterThan(lease.token());
    }

    @Test
    void aLeaseThatRanOutInACleanupEndsWhenItIsRestored() {
        // given
        Lease lease = held(ANN, A);
        withhold();
        pass(Limits.LEASE_TTL);

        // when
        var restored = this.<LockManager.Restored>tell(LockManager.Restore::new);
        store(1);

        // then
        restored.receiveMessage(PATIENCE);
        assertThat(stored).contains(new LockChange.Released(A, lease.token(), LockChange.Reason.EXPIRED));
        assertThat(leases()).isEmpty();
    }

    @Test
    @Proves("C-26")
    void aReleaseIsAnsweredWhenItIsStored() {
        // given
        Lease first = held(ANN, A);
        Lease second = held(BOB, B);
        withhold();

        // when
        var released = this.<LockManager.WithheldReleased>tell(LockManager.ReleaseWithheld::new);
        var changed = channel.expectMessageClass(ChannelReport.LocksChanged.class);
        released.expectNoMessage();
        manager.tell(new LockManager.Stored(changed.number()));

        // then
        assertThat(released.receiveMessage(PATIENCE))
                .isEqualTo(new LockManager.WithheldReleased(2, List.of("a-" + first.token(), "b-" + second.token())));
        assertThat(changed.changes())
                .containsExactly(
                        new LockChange.Released(A, first.token(), LockChange.Reason.CLEANED_UP),
                        new LockChange.Released(B, second.token(), LockChange.Reason.CLEANED_UP));
        assertThat(held(BOB, A).token()).isGreaterThan(second.token());
    }

    @Test
    void aReleaseThatIsAskedForAgainSaysTheSameAndEndsNothingNew() {
        // given
        held(ANN, A);
        withhold();
        this.<LockManager.WithheldReleased>tell(LockManager.ReleaseWithheld::new);
        store(1);
        held(BOB, A);

        // when
        var again = release();

        // then
        assertThat(again.leases()).isOne();
        assertThat(leases()).hasSize(1);
    }

    @Test
    void aDefectDuringACleanupChangesNothing() {
        // given
        Lease lease = held(ANN, A);
        withhold();

        // when
        manager.tell(new LockManager.ListLeases(nothing()));

        // then
        assertThat(refusal(acquire(BOB, B)).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(withhold()).isEqualTo(new LockManager.Withheld(1));
        restore();
        assertThat(leases()).extracting(HeldLease::token).containsExactly(lease.token());
    }

    private <T> TestProbe<T> tell(Function<ActorRef<T>, LockManager.Command> command) {
        TestProbe<T> probe = kit.createTestProbe();
        manager.tell(command.apply(probe.getRef()));
        return probe;
    }

    private LockManager.Withheld withhold() {
        return this.<LockManager.Withheld>tell(LockManager.Withhold::new).receiveMessage(PATIENCE);
    }

    private void restore() {
        this.<LockManager.Restored>tell(LockManager.Restore::new).receiveMessage(PATIENCE);
    }

    private LockManager.WithheldReleased release() {
        return this.<LockManager.WithheldReleased>tell(LockManager.ReleaseWithheld::new)
                .receiveMessage(PATIENCE);
    }

    private TestProbe<ManagerReply> acquire(Owner owner, LockName lock) {
        TestProbe<ManagerReply> probe =
                tell(replyTo -> new LockManager.Acquire(owner, new LockRequest(lock, null, null, null), null, replyTo));
        leases(); // so that it was taken in before time passes
        return probe;
    }

    private Lease held(Owner owner, LockName lock) {
        var probe = acquire(owner, lock);
        store(1);
        return granted(probe);
    }

    /** Plays the channel: stores the next reports about changes. */
    private void store(int reports) {
        for (int i = 0; i < reports; i++) {
            var changed = channel.expectMessageClass(ChannelReport.LocksChanged.class);
            stored.addAll(changed.changes());
            manager.tell(new LockManager.Stored(changed.number()));
        }
    }

    private List<HeldLease> leases() {
        return this.<LockManager.Leases>tell(LockManager.ListLeases::new)
                .receiveMessage(PATIENCE)
                .leases();
    }

    private void pass(Duration duration) {
        nowMillis.addAndGet(duration.toMillis());
        time.timePasses(duration);
        leases();
    }

    private static Lease granted(TestProbe<ManagerReply> probe) {
        var answer = ((LockManager.Acquired) probe.receiveMessage(PATIENCE)).answer();
        assertThat(answer).isInstanceOf(LockAnswer.Granted.class);
        return ((LockAnswer.Granted) answer).lease();
    }

    private static Problem refusal(TestProbe<ManagerReply> probe) {
        return ((ManagerReply.Refused) probe.receiveMessage(PATIENCE)).problem();
    }
}
