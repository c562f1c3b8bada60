package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.lock.LockManager;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a channel stores a release that was answered before; the lock manager is a probe that grants and releases. */
class StoredReleasesTest {
    private static final LockName SCHEMA = new LockName("schema");
    private static final Owner DEPLOY = Owner.named("deploy");

    private final ChannelFixture fixture = ChannelFixture.withManualTime();
    private long life;
    private long number;

    @BeforeEach
    void startWithALease() {
        fixture.start().created();
        life = fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel()
                .incarnation();
        report(grant(1), true);
        fixture.locks.expectMessage(PATIENCE, new LockManager.Stored(1));
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    void aReleaseNobodyWaitsForIsStoredInOneEntryWithTheNextGrant() {
        // when the lock is taken again right after its release
        report(release(1), false);
        TestProbe<ManagerReply> caller = fixture.testKit().createTestProbe(ManagerReply.class);
        fixture.channel()
                .tell(new ChannelRequest.AskLocks(new LockManager.Acquire(
                        DEPLOY, new LockRequest(SCHEMA, null, null, null), null, caller.ref())));

        // then the request is not held up by the release, and both are stored together
        fixture.locks.expectMessageClass(LockManager.Acquire.class, PATIENCE);
        report(grant(2), true);
        fixture.locks.expectMessage(PATIENCE, new LockManager.Stored(2));
        fixture.locks.expectMessage(PATIENCE, new LockManager.Stored(3));
        assertThat(fixture.journal.entries(ChannelFixture.NAME).getLast().events())
                .hasExactlyElementsOfTypes(ChannelEvent.LockReleased.class, ChannelEvent.LockGranted.class);
    }

    @Test
    void aReleaseNobodyWaitsForIsStoredByItselfWhenItsTimeIsUp() {
        report(release(1), false);

        fixture.time().expectNoMessageFor(Limits.RELEASE_UNSTORED_MAX.minusMillis(1), fixture.locks);
        fixture.time().timePasses(Limits.RELEASE_UNSTORED_MAX);

        fixture.locks.expectMessage(PATIENCE, new LockManager.Stored(2));
        assertThat(fixture.storedEvents(ChannelEvent.LockReleased.class)).hasSize(1);
    }

    @Test
    void whoeverReadsFindsAReleaseStored() {
        report(release(1), false);

        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new);

        assertThat(fixture.storedEvents(ChannelEvent.LockReleased.class)).hasSize(1);
    }

    @Test
    void aReleaseIsStoredAtOnceWhenSomebodyBeginsToWaitForIt() {
        report(release(1), false);

        fixture.report(new ChannelReport.LocksAwaited());

        fixture.locks.expectMessage(PATIENCE, new LockManager.Stored(2));
    }

    @Test
    void aChannelThatMovesStoresItsReleasesFirst() {
        report(release(1), false);

        fixture.channel().tell(Channel.HandOff.INSTANCE);

        fixture.testKit().createTestProbe().expectTerminated(fixture.channel(), PATIENCE);
        assertThat(fixture.storedEvents(ChannelEvent.LockReleased.class)).hasSize(1);
    }

    private void report(LockChange change, boolean isAwaited) {
        number++;
        fixture.report(new ChannelReport.LocksChanged(life, number, List.of(change), isAwaited, fixture.locks.ref()));
    }

    private LockChange grant(long token) {
        return new LockChange.Granted(
                new HeldLease(SCHEMA, DEPLOY, token, null, 30_000, fixture.now(), life, "node-1", null));
    }

    private static LockChange release(long token) {
        return new LockChange.Released(SCHEMA, token, LockChange.Reason.RELEASED);
    }
}
