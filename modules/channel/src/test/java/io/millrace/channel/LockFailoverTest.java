package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.lock.LockManager;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of locks when their channel starts again, with the real lock manager below a real channel. */
class LockFailoverTest {
    private static final LockName SCHEMA = new LockName("schema");
    private static final Owner DEPLOY = Owner.named("deploy");
    private static final Owner BACKUP = Owner.named("backup");

    private ChannelFixture fixture = ChannelFixture.withRealManagers();

    @AfterEach
    void stop() {
        fixture.close();
    }

    private LockAnswer acquire(Owner owner, Duration ttl, Duration timeout, String key) {
        TestProbe<ManagerReply> caller = fixture.testKit().createTestProbe(ManagerReply.class);
        fixture.channel()
                .tell(new ChannelRequest.AskLocks(new LockManager.Acquire(
                        owner, new LockRequest(SCHEMA, timeout, ttl, null), key, caller.ref())));
        return caller.expectMessageClass(LockManager.Acquired.class, PATIENCE).answer();
    }

    private Lease granted(Owner owner, Duration ttl, Duration timeout) {
        return ((LockAnswer.Granted) acquire(owner, ttl, timeout, "key of " + owner)).lease();
    }

    @Test
    void aLeaseOutlivesTheNodeOfItsChannel() {
        // given
        fixture.start().created();
        Lease lease = granted(DEPLOY, Duration.ofMinutes(10), Duration.ZERO);

        // when the node is gone
        fixture.crash();
        fixture.startOnAnotherNode();

        // then nobody else gets the lock, and its holder is known by its lease and by its key
        LockAnswer.NotGranted refused =
                (LockAnswer.NotGranted) acquire(BACKUP, Duration.ofMinutes(1), Duration.ZERO, "other");
        assertThat(refused.holder()).isEqualTo(DEPLOY);
        assertThat(granted(DEPLOY, Duration.ofMinutes(10), Duration.ZERO).handle())
                .isEqualTo(lease.handle());
        TestProbe<ManagerReply> holder = fixture.testKit().createTestProbe(ManagerReply.class);
        fixture.channel()
                .tell(new ChannelRequest.AskLocks(new LockManager.Release(SCHEMA, lease.handle(), holder.ref())));
        assertThat(holder.expectMessageClass(LockManager.Released.class, PATIENCE)
                        .wasHeld())
                .isTrue();
    }

    @Test
    void tokensRiseAcrossLivesOfTheChannelAndItsDeletion() {
        fixture.start().created();
        Lease first = granted(DEPLOY, Duration.ofMinutes(10), Duration.ZERO);
        release(first);
        awaitStored();

        fixture.crash();
        fixture.startOnAnotherNode();
        Lease second = granted(BACKUP, Duration.ofMinutes(10), Duration.ZERO);
        fixture.deleted();
        fixture.created();
        Lease third = granted(DEPLOY, Duration.ofMinutes(10), Duration.ZERO);

        assertThat(second.token()).isGreaterThan(first.token());
        assertThat(third.token()).isGreaterThan(second.token());
    }

    /** A release is answered when it is decided; a list is told once everything decided before is stored. */
    private void awaitStored() {
        TestProbe<ManagerReply> caller = fixture.testKit().createTestProbe(ManagerReply.class);
        fixture.channel().tell(new ChannelRequest.AskLocks(new LockManager.ListLocks(caller.ref())));
        caller.expectMessageClass(LockManager.Listed.class, PATIENCE);
    }

    private void release(Lease lease) {
        TestProbe<ManagerReply> caller = fixture.testKit().createTestProbe(ManagerReply.class);
        fixture.channel()
                .tell(new ChannelRequest.AskLocks(new LockManager.Release(SCHEMA, lease.handle(), caller.ref())));
        caller.expectMessageClass(LockManager.Released.class, PATIENCE);
    }

    @Test
    void aLeaseHasItsFullTimeToLiveAgainAfterATakeOver() {
        // given a lease that is about to end when its node goes away
        Duration ttl = Duration.ofSeconds(1);
        fixture.start().created();
        granted(DEPLOY, ttl, Duration.ZERO);
        fixture.crash();

        // when
        long restartedNanos = System.nanoTime();
        fixture.startOnAnotherNode();
        Lease next = granted(BACKUP, ttl, Duration.ofSeconds(30));

        // then the next holder waited for all of it
        assertThat(Duration.ofNanos(System.nanoTime() - restartedNanos)).isGreaterThanOrEqualTo(ttl);
        assertThat(fixture.storedEvents(ChannelEvent.LockReleased.class))
                .extracting(ChannelEvent.LockReleased::reason)
                .containsExactly(LockChange.Reason.EXPIRED);
        assertThat(fixture.storedEvents(ChannelEvent.LockGranted.class))
                .extracting(ChannelEvent.LockGranted::token)
                .containsExactly(next.token() - 1, next.token());
    }

    @Test
    void whatTheLockManagerOfAnEarlierLifeReportsIsDropped() {
        // given
        playLockManager();
        fixture.start().created();
        long earlier = incarnation();
        fixture.crash();
        fixture.startOnAnotherNode();
        long now = incarnation();
        TestProbe<LockManager.Command> late = fixture.testKit().createTestProbe(LockManager.Command.class);

        // when
        fixture.report(new ChannelReport.LocksChanged(earlier, 7, List.of(grant(earlier, 1)), true, late.ref()));
        fixture.report(new ChannelReport.LocksChanged(now, 1, List.of(grant(now, 1)), true, fixture.locks.ref()));

        // then
        fixture.locks.expectMessage(PATIENCE, new LockManager.Stored(1));
        late.expectNoMessage();
        assertThat(fixture.storedEvents(ChannelEvent.LockGranted.class)).hasSize(1);
    }

    @Test
    void aSecondGrantOfALockThatIsHeldIsNeverStoredNorAnswered() {
        // given
        playLockManager();
        fixture.start().created();
        fixture.report(new ChannelReport.LocksChanged(
                incarnation(), 1, List.of(grant(incarnation(), 1)), true, fixture.locks.ref()));
        fixture.locks.expectMessage(PATIENCE, new LockManager.Stored(1));
        long before = incarnation();

        // when a defect of the lock manager grants it once more
        fixture.report(new ChannelReport.LocksChanged(before, 2, List.of(grant(before, 2)), true, fixture.locks.ref()));

        // then the channel begins a new life with what is stored
        assertThat(fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                        .channel()
                        .incarnation())
                .isGreaterThan(before);
        assertThat(fixture.storedEvents(ChannelEvent.LockGranted.class))
                .extracting(ChannelEvent.LockGranted::token)
                .containsExactly(1L);
        fixture.locks.expectNoMessage();
    }

    @Test
    void aGrantForAChannelThatWasDeletedMeanwhileIsNotStoredForTheNextOfItsName() {
        // given
        playLockManager();
        fixture.start().created();
        long life = incarnation();
        fixture.deleted();
        fixture.locks.expectMessage(PATIENCE, LockManager.ForgetAll.INSTANCE);
        fixture.created();

        // when a grant was decided before the lock manager heard of the deletion, and another one after
        fixture.report(new ChannelReport.LocksChanged(life, 1, List.of(grant(life, 1)), true, fixture.locks.ref()));
        fixture.report(new ChannelReport.LocksForgotten());
        fixture.report(new ChannelReport.LocksChanged(life, 2, List.of(grant(life, 2)), true, fixture.locks.ref()));

        // then
        fixture.locks.expectMessage(PATIENCE, new LockManager.Stored(2));
        assertThat(fixture.storedEvents(ChannelEvent.LockGranted.class))
                .extracting(ChannelEvent.LockGranted::token)
                .containsExactly(2L);
    }

    private void playLockManager() {
        fixture.close();
        fixture = ChannelFixture.withRealTime();
    }

    private long incarnation() {
        return fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel()
                .incarnation();
    }

    private LockChange grant(long incarnation, long token) {
        return new LockChange.Granted(
                new HeldLease(SCHEMA, DEPLOY, token, null, 30_000, fixture.now(), incarnation, "node-1", null));
    }
}
