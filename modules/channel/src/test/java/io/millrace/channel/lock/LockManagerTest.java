package io.millrace.channel.lock;

import static io.millrace.channel.fixture.Nothing.nothing;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
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
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LockManagerTest {
    private static final ChannelName CHANNEL = new ChannelName("locks");
    private static final LockName A = new LockName("a");
    private static final LockName B = new LockName("b");
    private static final Owner ANN = Owner.named("ann");
    private static final Owner BOB = Owner.named("bob");
    private static final AttemptId ATTEMPT = new AttemptId(new JobId(1, 1), 1, 7);
    private static final Owner WORKER = new Owner("job attempt 1", ATTEMPT.job(), ATTEMPT.epoch());
    private static final long INCARNATION = 3;

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final AtomicLong nowMillis = new AtomicLong(1_000_000);
    private final Instruments instruments = new Instruments();
    private final TestInbox<ChannelReport> channel = TestInbox.create();
    private ActorRef<LockManager.Command> manager = start(List.of());

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    @Proves("T-08")
    void aGrantIsToldOnceItIsStored() {
        var ann = acquire(ANN, A);
        var changed = reported(ChannelReport.LocksChanged.class);
        ann.expectNoMessage();

        manager.tell(new LockManager.Stored(changed.number()));

        assertThat(changed.incarnation()).isEqualTo(INCARNATION);
        assertThat(granted(ann).token()).isEqualTo(42);
    }

    @Test
    void nothingIsShownThatIsNotStored() {
        acquire(ANN, A);
        var changed = reported(ChannelReport.LocksChanged.class);
        var list = kit.createTestProbe(ManagerReply.class);

        manager.tell(new LockManager.ListLocks(list.ref()));
        list.expectNoMessage();
        manager.tell(new LockManager.Stored(changed.number()));

        assertThat(list.expectMessageClass(LockManager.Listed.class).locks()).hasSize(1);
    }

    @Test
    @Proves({"T-08", "T-39"})
    void whoeverWaitsInVainIsToldByWhomAndSinceWhen() {
        held(ANN, A);
        var bob = acquire(BOB, new LockRequest(A, Duration.ofMillis(250), null, null), null);

        pass(Duration.ofMillis(249));
        bob.expectNoMessage();
        pass(Duration.ofMillis(1));

        var answer = bob.expectMessageClass(LockManager.Acquired.class).answer();
        assertThat(answer).isInstanceOfSatisfying(LockAnswer.NotGranted.class, notGranted -> {
            assertThat(notGranted.holder()).isEqualTo(ANN);
            assertThat(notGranted.heldSince()).isNotNull();
        });
        assertThat(total("locks.timeouts")).isOne();
        assertThat(total("locks.waiting")).isZero();
    }

    @Test
    @Proves({"T-09", "G-64"})
    void whoeverDoesNotSayHowLongWaitsAsLongAsTheDefault() {
        held(ANN, A);
        var bob = acquire(BOB, A);

        pass(Limits.LOCK_WAIT.minusMillis(1));
        bob.expectNoMessage();
        pass(Duration.ofMillis(1));

        assertThat(bob.expectMessageClass(LockManager.Acquired.class).answer())
                .isInstanceOf(LockAnswer.NotGranted.class);
    }

    @Test
    @Proves("T-09")
    void aNegativeWaitIsRefused() {
        var ann = acquire(ANN, new LockRequest(A, Duration.ofMillis(-1), null, null), null);

        assertThat(refused(ann).violations()).extracting("field").containsExactly("timeout");
    }

    @Test
    @Proves("T-08")
    void theNextInTheQueueGetsAReleasedLock() {
        Lease first = held(ANN, A);
        var bob = acquire(BOB, A);

        assertThat(release(A, first.handle())).isTrue();

        assertThat(granted(bob).token()).isGreaterThan(first.token());
    }

    @Test
    void aReleaseIsLeftToTheNextWriteUntilSomebodyWaits() {
        Lease lease = held(ANN, A);
        var caller = kit.createTestProbe(ManagerReply.class);
        manager.tell(new LockManager.Release(A, lease.handle(), caller.ref()));
        caller.expectMessageClass(LockManager.Released.class);
        assertThat(reported(ChannelReport.LocksChanged.class).isAwaited()).isFalse();

        manager.tell(new LockManager.ListLocks(caller.ref()));
        manager.tell(new LockManager.ListLocks(caller.ref()));

        reported(ChannelReport.LocksAwaited.class);
        assertThat(hasReported()).isFalse();
    }

    @Test
    void aReleaseThatSomebodyWaitedForIsStoredAtOnce() {
        Lease lease = held(ANN, A);
        acquire(BOB, A);

        manager.tell(new LockManager.Release(
                A, lease.handle(), kit.createTestProbe(ManagerReply.class).ref()));

        assertThat(reported(ChannelReport.LocksChanged.class).isAwaited()).isTrue();
    }

    @Test
    void aLeaseEndsUnlessItIsRenewed() {
        Lease lease = held(ANN, A);
        pass(Limits.LEASE_TTL.minusSeconds(1));
        var renewed = kit.createTestProbe(ManagerReply.class);
        manager.tell(new LockManager.Renew(A, lease.handle(), renewed.ref()));
        renewed.expectMessageClass(LockManager.Renewed.class);

        pass(Limits.LEASE_TTL.minusMillis(1));
        assertThat(hasReported()).isFalse();
        pass(Duration.ofMillis(1));

        var changed = reported(ChannelReport.LocksChanged.class);
        assertThat(changed.changes())
                .containsExactly(new LockChange.Released(A, lease.token(), LockChange.Reason.EXPIRED));
    }

    @Test
    void aLeaseThatHasEndedIsNotRenewed() {
        Lease lease = held(ANN, A);
        assertThat(release(A, lease.handle())).isTrue();
        Lease next = held(BOB, A);

        var renewed = kit.createTestProbe(ManagerReply.class);
        manager.tell(new LockManager.Renew(A, lease.handle(), renewed.ref()));

        assertThat(refused(renewed).detail()).contains("has ended", "'bob'");
        assertThat(held()).extracting(HeldLease::token).containsExactly(next.token());
    }

    @Test
    @Proves("T-10")
    void aReleaseOfWhatOneDoesNotHoldChangesNothingAndIsCounted() {
        Lease old = held(ANN, A);
        assertThat(release(A, old.handle())).isTrue();
        Lease bobs = held(BOB, A);

        assertThat(release(A, old.handle())).isFalse();
        assertThat(release(B, old.handle())).isFalse();

        assertThat(held()).extracting(HeldLease::token).containsExactly(bobs.token());
        assertThat(total("locks.releasesOfOthers")).isEqualTo(2);
    }

    @Test
    @Proves({"T-33", "T-46"})
    void aForgedLeaseIsRefusedAndTheHolderKeepsTheLock() {
        Lease lease = held(ANN, A);
        Handle forged = new Handle(HandleType.LEASE, lease.handle().id(), CHANNEL, INCARNATION, "node-1", "c2VhbA");
        var answer = kit.createTestProbe(ManagerReply.class);

        manager.tell(new LockManager.Release(A, forged, answer.ref()));

        Problem problem = refused(answer);
        assertThat(problem.code()).isEqualTo(ErrorCode.PERMISSION);
        assertThat(problem.detail()).contains("AUTHENTICITY");
        assertThat(held()).hasSize(1);
        assertThat(total("locks.boundaryViolations")).isOne();
    }

    @Test
    @Proves({"T-33", "T-46"})
    void aHandleOfAnotherTypeOrChannelIsRefused() {
        Lease lease = held(ANN, A);
        Handle thread =
                TestServices.SEALS.seal(HandleType.THREAD, lease.handle().id(), CHANNEL, INCARNATION, "node-1");
        Handle foreign = TestServices.SEALS.seal(
                HandleType.LEASE, lease.handle().id(), new ChannelName("other"), INCARNATION, "node-1");
        var answers = kit.createTestProbe(ManagerReply.class);

        manager.tell(new LockManager.Release(A, thread, answers.ref()));
        manager.tell(new LockManager.Renew(A, foreign, answers.ref()));

        assertThat(refused(answers).detail()).contains("MESSAGE_TYPE");
        assertThat(refused(answers).detail()).contains("OWNERSHIP");
        assertThat(held()).hasSize(1);
    }

    @Test
    @Proves({"T-32", "G-75"})
    void anAttemptThatEndsGivesBackWhatItHoldsAndWaitsFor() {
        held(BOB, B);
        held(WORKER, A);
        var waiting = acquire(WORKER, B);
        var ann = acquire(ANN, A);
        var released = kit.createTestProbe(LockManager.AllReleased.class);

        manager.tell(new LockManager.ReleaseAll(ATTEMPT, released.ref()));
        manager.tell(new LockManager.ReleaseAll(ATTEMPT, released.ref()));

        assertThat(released.receiveMessage().released()).hasSize(1);
        assertThat(released.receiveMessage().released()).isEmpty();
        store();
        assertThat(refused(waiting).code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(granted(ann).lock()).isEqualTo(A);
    }

    @Test
    @Proves({"T-40", "T-62"})
    void anOrderThatIsBrokenIsRefusedBeforeAnythingChanges() {
        held(ANN, B, 2);

        Problem problem = refused(acquire(ANN, new LockRequest(A, null, null, 1), null));

        assertThat(problem.detail()).contains("'a'", "'b'", "level 1", "level 2");
        assertThat(hasReported()).isFalse();
        assertThat(total("locks.refused")).isOne();
    }

    @Test
    void anInvertedOrderDegradesTheChannelWhileItLasts() {
        Lease a = held(ANN, A);
        Lease b = held(ANN, B);
        release(B, b.handle());
        release(A, a.handle());
        Lease first = held(BOB, B);
        acquire(BOB, A);

        reported(ChannelReport.LocksChanged.class);
        var raised = reported(ChannelReport.ConditionRaised.class);
        assertThat(raised.condition().type()).isEqualTo("LockOrderInverted");
        manager.tell(new LockManager.Release(
                B, first.handle(), kit.createTestProbe(ManagerReply.class).ref()));
        reported(ChannelReport.LocksChanged.class);
        assertThat(nextReport()).isEqualTo(new ChannelReport.ConditionCleared("LockOrderInverted"));
    }

    @Test
    void theSameRequestIsGivenTheSameLease() {
        var first = acquire(ANN, LockRequest.of("a"), "key");
        store();
        var again = acquire(ANN, LockRequest.of("a"), "key");

        assertThat(granted(again).token()).isEqualTo(granted(first).token());
    }

    @Test
    void leasesOfAnEarlierLifeLastTheirWholeTimeAgain() {
        manager = start(List.of(new HeldLease(A, WORKER, 17, null, 30_000, 500_000, INCARNATION - 1, "node-2", null)));
        var released = kit.createTestProbe(LockManager.AllReleased.class);
        manager.tell(new LockManager.ReleaseAll(ATTEMPT, released.ref()));
        LockManager.AllReleased answer = released.receiveMessage();
        assertThat(answer.released()).isEmpty();
        assertThat(answer.left()).hasSize(1);

        pass(Duration.ofSeconds(30).minusMillis(1));
        assertThat(held()).hasSize(1);
        pass(Duration.ofMillis(1));

        assertThat(held()).isEmpty();
    }

    @Test
    void aDeletedChannelLeavesNoLockAndNobodyWaiting() {
        held(ANN, A);
        var waiting = acquire(BOB, A);
        var unstored = acquire(BOB, B);
        reported(ChannelReport.LocksChanged.class);

        manager.tell(LockManager.ForgetAll.INSTANCE);

        assertThat(nextReport()).isEqualTo(new ChannelReport.LocksForgotten());
        assertThat(refused(waiting).code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(refused(unstored).code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(held()).isEmpty();
        assertThat(held(ANN, A).token()).isEqualTo(44);
    }

    @Test
    @Proves("T-63")
    void aDefectLosesOneMessageAndNoLease() {
        Lease lease = held(ANN, A);
        var bob = acquire(BOB, A);

        manager.tell(new LockManager.ListLeases(nothing()));

        manager.tell(new LockManager.Release(
                A, lease.handle(), kit.createTestProbe(ManagerReply.class).ref()));
        store();
        assertThat(held()).hasSize(1);
        assertThat(granted(bob).lock()).isEqualTo(A);
    }

    @Test
    void whoeverWaitsWhenTheChannelEndsIsToldToAskAgain() {
        held(ANN, A);
        var bob = acquire(BOB, A);

        kit.stop(manager);

        assertThat(refused(bob).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    // Helpers

    private ActorRef<LockManager.Command> start(List<HeldLease> leases) {
        return kit.spawn(LockManager.create(new LockManager.Seed(
                CHANNEL,
                INCARNATION,
                "node-1",
                41,
                leases,
                TestServices.SEALS,
                () -> new Moment(nowMillis.get() * 1_000_000, nowMillis.get()),
                instruments,
                channel.getRef())));
    }

    private TestProbe<ManagerReply> acquire(Owner owner, LockName lock) {
        return acquire(owner, new LockRequest(lock, null, null, null), null);
    }

    private TestProbe<ManagerReply> acquire(Owner owner, LockRequest request, @Nullable String key) {
        var probe = kit.createTestProbe(ManagerReply.class);
        manager.tell(new LockManager.Acquire(owner, request, key, probe.ref()));
        held(); // so that it was taken in before time passes
        return probe;
    }

    private Lease held(Owner owner, LockName lock) {
        return held(owner, lock, null);
    }

    private Lease held(Owner owner, LockName lock, @Nullable Integer level) {
        var probe = acquire(owner, new LockRequest(lock, null, null, level), null);
        store();
        return granted(probe);
    }

    private boolean release(LockName lock, Handle handle) {
        var probe = kit.createTestProbe(ManagerReply.class);
        manager.tell(new LockManager.Release(lock, handle, probe.ref()));
        store();
        return probe.expectMessageClass(LockManager.Released.class).wasHeld();
    }

    /** Plays the channel: stores whatever was reported so far. */
    private void store() {
        while (hasReported()) {
            if (nextReport() instanceof ChannelReport.LocksChanged changed) {
                manager.tell(new LockManager.Stored(changed.number()));
            }
        }
    }

    /** Whatever the manager answers, it has reported before. */
    private boolean hasReported() {
        held();
        return channel.hasMessages();
    }

    private ChannelReport nextReport() {
        held();
        return channel.receiveMessage();
    }

    private <R extends ChannelReport> R reported(Class<R> type) {
        return assertThat(nextReport())
                .asInstanceOf(InstanceOfAssertFactories.type(type))
                .actual();
    }

    private List<HeldLease> held() {
        var probe = kit.createTestProbe(LockManager.Leases.class);
        manager.tell(new LockManager.ListLeases(probe.ref()));
        return probe.receiveMessage().leases();
    }

    private double total(String name) {
        var probe = kit.createTestProbe(ManagerReply.class);
        manager.tell(new LockManager.ShowTotals(probe.ref()));
        return probe.expectMessageClass(LockManager.Totals.class).values().getOrDefault(name, -1.0);
    }

    private void pass(Duration duration) {
        nowMillis.addAndGet(duration.toMillis());
        time.timePasses(duration);
        held();
    }

    private static Lease granted(TestProbe<ManagerReply> probe) {
        var answer = probe.expectMessageClass(LockManager.Acquired.class).answer();
        assertThat(answer).isInstanceOf(LockAnswer.Granted.class);
        return ((LockAnswer.Granted) answer).lease();
    }

    private static Problem refused(TestProbe<ManagerReply> probe) {
        return probe.expectMessageClass(ManagerReply.Refused.class).problem();
    }
}
