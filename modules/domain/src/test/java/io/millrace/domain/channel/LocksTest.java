package io.millrace.domain.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LocksTest {
    private static final LockName SCHEMA = new LockName("schema");
    private static final Owner ATTEMPT = new Owner("job 1 attempt 2", TestJob.id(1), 17);

    private final ChannelUnderTest channel = ChannelUnderTest.withSlots(1);

    /** A lease that the lock manager of the channel's current life granted. */
    static HeldLease lease(ChannelUnderTest channel, String lock, long token) {
        return lease(channel, lock, token, Owner.named("deploy"));
    }

    static HeldLease lease(ChannelUnderTest channel, String lock, long token, Owner owner) {
        return new HeldLease(
                new LockName(lock),
                owner,
                token,
                2,
                30_000,
                channel.now(),
                channel.live.incarnation(),
                channel.live.owner(),
                "request-1");
    }

    static ChannelCommand.ChangeLocks grants(ChannelUnderTest channel, HeldLease... leases) {
        return new ChannelCommand.ChangeLocks(
                channel.live.incarnation(),
                List.of(leases).stream()
                        .map(LockChange.Granted::new)
                        .map(LockChange.class::cast)
                        .toList());
    }

    private ChannelCommand.ChangeLocks changes(LockChange... changes) {
        return new ChannelCommand.ChangeLocks(channel.live.incarnation(), List.of(changes));
    }

    private static LockChange.Released released(long token) {
        return new LockChange.Released(SCHEMA, token, LockChange.Reason.RELEASED);
    }

    @Test
    void theLeasesOfAnAdoptedAttemptAreTheNewOwners() {
        channel.events(ChannelUnderTest.takenBy("n1"));
        channel.submit(TestJob.job(1).of(JobKind.PROCESS));
        channel.start(1);
        long epoch = channel.running(1).epoch();
        Owner attempt = new Owner("job 1 attempt 1", TestJob.id(1), epoch);
        channel.events(grants(channel, lease(channel, "index", 1, attempt), lease(channel, "schema", 2)));

        channel.events(ChannelUnderTest.takenBy("n2", Set.of(epoch)));

        assertThat(channel.live.leases())
                .extracting(HeldLease::token, HeldLease::incarnation, HeldLease::node)
                .containsExactly(tuple(1L, 2L, "n2"), tuple(2L, 1L, "n1"));
    }

    @Test
    void aGrantIsStoredWithAllThatARecoveryNeeds() {
        channel.events(ChannelUnderTest.takenBy("n1"));
        HeldLease granted = lease(channel, "schema", 1, ATTEMPT);

        channel.events(grants(channel, granted));

        assertThat(channel.live.leases()).containsExactly(granted);
        assertThat(LiveChannel.of(channel.live.snapshot()).leases()).containsExactly(granted);
        assertThat(channel.live.hasWork()).isTrue();
    }

    @Test
    void aReleaseFreesTheLockAndSaysWhy() {
        channel.events(grants(channel, lease(channel, "schema", 1, ATTEMPT)));

        List<ChannelEvent> events =
                channel.events(changes(new LockChange.Released(SCHEMA, 1, LockChange.Reason.OWNER_ENDED)));

        assertThat(events)
                .containsExactly(new ChannelEvent.LockReleased(
                        channel.now(), SCHEMA, 1, ATTEMPT.name(), ATTEMPT.job(), LockChange.Reason.OWNER_ENDED));
        assertThat(channel.live.leases()).isEmpty();
        assertThat(channel.live.hasWork()).isFalse();
    }

    @Test
    void aLockMayChangeHandsInOneReport() {
        channel.events(grants(channel, lease(channel, "schema", 1)));

        channel.events(changes(
                released(1),
                new LockChange.Granted(lease(channel, "schema", 2)),
                released(2),
                new LockChange.Granted(lease(channel, "schema", 3))));

        assertThat(channel.live.leases()).extracting(HeldLease::token).containsExactly(3L);
    }

    @Test
    void whatIsNotHeldCannotEndAgain() {
        channel.events(grants(channel, lease(channel, "schema", 2)));

        assertThat(channel.events(changes(released(1)))).isEmpty();
        assertThat(channel.live.leases()).hasSize(1);
    }

    @Test
    void aLockThatIsHeldIsNeverGrantedToSomebodyElse() {
        channel.events(grants(channel, lease(channel, "schema", 1)));

        var problem = channel.refusal(grants(channel, lease(channel, "schema", 2)));

        assertThat(problem.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(problem.detail()).contains("schema", "deploy");
        assertThat(channel.refusal(grants(channel, lease(channel, "a", 2), lease(channel, "a", 3))))
                .isNotNull();
    }

    @Test
    void aTokenIsNeverGivenTwice() {
        channel.events(grants(channel, lease(channel, "schema", 7)));
        channel.events(changes(released(7)));

        assertThat(channel.refusal(grants(channel, lease(channel, "schema", 7))).detail())
                .contains("token 7");
    }

    @Test
    void whatAnEarlierLifeDecidedChangesNothing() {
        ChannelCommand.ChangeLocks late = grants(channel, lease(channel, "schema", 1));
        channel.events(ChannelUnderTest.takenBy("n2"));

        assertThat(channel.events(late)).isEmpty();
        assertThat(channel.live.leases()).isEmpty();
    }

    @Test
    void leasesOutliveTheirOwnersNode() {
        channel.events(grants(channel, lease(channel, "schema", 1, ATTEMPT)));

        channel.events(ChannelUnderTest.takenBy("n2"));

        assertThat(channel.live.leases()).extracting(HeldLease::owner).containsExactly(ATTEMPT);
    }

    @Test
    void aDeletedChannelTakesItsLeasesAlongAndItsTokensGoOnCounting() {
        channel.events(grants(channel, lease(channel, "schema", 5)));

        channel.delete();
        channel.events(new ChannelCommand.Put(ChannelUnderTest.spec(1, 10)));

        assertThat(channel.live.leases()).isEmpty();
        assertThat(channel.live.lastToken()).isEqualTo(5);
        assertThat(channel.refusal(grants(channel, lease(channel, "schema", 5))).detail())
                .contains("token 5");
    }
}
