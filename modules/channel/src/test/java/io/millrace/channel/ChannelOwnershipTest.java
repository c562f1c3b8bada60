package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.process.ProcessLease;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.process.ProcessManager.OwnershipConfirmed;
import io.millrace.channel.thread.Attempt;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.contracts.JobId;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.host.RunKey;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a channel tells those whose processes depend on it, and what it does about processes of other nodes. */
class ChannelOwnershipTest {
    /** So short that no write is ever of late: each question reads the journal. */
    private static final ProcessLease INSTANT = new ProcessLease(Duration.ofNanos(12), Duration.ZERO);

    private static final ProcessLease LEASE = new ProcessLease(Duration.ofSeconds(15), Duration.ofSeconds(15));

    private ChannelFixture fixture = ChannelFixture.withManualTime(LEASE);

    @AfterEach
    void stop() {
        fixture.close();
    }

    private void with(ProcessLease lease) {
        fixture.close();
        fixture = ChannelFixture.withManualTime(lease);
    }

    private TestProbe<ProcessManager.Command> asking() {
        TestProbe<ProcessManager.Command> asking = fixture.testKit().createTestProbe(ProcessManager.Command.class);
        fixture.report(new ChannelReport.OwnershipAsked(asking.ref()));
        return asking;
    }

    private JobView job(JobId id) {
        return fixture.ask(ChannelReply.JobShown.class, replyTo -> new ChannelRequest.ShowJob(id, replyTo))
                .job();
    }

    // Whose the channel is

    @Test
    void aWriteThatWasStoredOfLateConfirmsAndTheAttemptItStartsIsGivenTheSame() {
        long before = System.nanoTime();
        fixture.start().created();
        fixture.submitted(TestJobs.submittedProcess(1));

        Long untilOfAttempt = fixture.startedAttempt().ownedUntilNanos();
        long until =
                asking().expectMessageClass(OwnershipConfirmed.class, PATIENCE).untilNanos();

        assertThat(until).isEqualTo(untilOfAttempt);
        assertThat(LEASE.endNanos(before)).isLessThan(until);
        assertThat(until).isLessThan(LEASE.endNanos(System.nanoTime()));
    }

    @Test
    void aQuestionDuringAWriteIsAnsweredWithThatWrite() {
        fixture.start().created();
        fixture.gate.holdWrites();
        TestProbe<ChannelReply> caller = fixture.caller();
        fixture.channel().tell(ChannelFixture.submit(caller.ref(), TestJobs.submitted(1)));

        TestProbe<ProcessManager.Command> asking = asking();
        fixture.gate.open();
        caller.expectMessageClass(ChannelReply.Accepted.class, PATIENCE);

        asking.expectMessageClass(OwnershipConfirmed.class, PATIENCE);
    }

    @Test
    void withoutAWriteOfLateTheJournalIsAsked() {
        with(INSTANT);
        fixture.start().created();

        asking().expectMessageClass(OwnershipConfirmed.class, PATIENCE);

        assertThat(fixture.journal.questions()).isEqualTo(1);
    }

    @Test
    void aJournalThatDoesNotAnswerConfirmsNothing() {
        with(INSTANT);
        fixture.start().created();
        fixture.journal.goAway();

        TestProbe<ProcessManager.Command> unheard = asking();
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new);
        fixture.journal.comeBack();
        TestProbe<ProcessManager.Command> heard = asking();

        heard.expectMessageClass(OwnershipConfirmed.class, PATIENCE);
        unheard.expectNoMessage(Duration.ZERO);
    }

    @Test
    void anOwnerThatFindsEntriesOfSomebodyElseConfirmsNothingAndEnds() {
        // given an owner, and another one that took the channel over behind its back
        with(INSTANT);
        fixture.start().created();
        ActorRef<Channel.Command> stale = fixture.channel();
        TestProbe<ProcessManager.Command> asking = fixture.testKit().createTestProbe(ProcessManager.Command.class);
        ChannelReport question = new ChannelReport.OwnershipAsked(asking.ref());
        ActorRef<ChannelReport> toStale = fixture.reports();
        fixture.startOnAnotherNode();
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new);

        // when
        TestProbe<Object> watcher = fixture.testKit().createTestProbe();
        toStale.tell(question);

        // then
        watcher.expectTerminated(stale, PATIENCE);
        asking.expectNoMessage(Duration.ZERO);
        assertThat(fixture.storedEvents(ChannelEvent.OwnershipTaken.class))
                .extracting(ChannelEvent.OwnershipTaken::node)
                .endsWith("node-2");
    }

    // Processes of other nodes

    @Test
    void aProcessOfAnotherNodeStartsAgainOnlyWhenItsLeaseIsOverForCertain() {
        // given
        fixture.start().created();
        fixture.submitted(TestJobs.submittedProcess(1), TestJobs.submitted(2));
        AttemptId process = fixture.started();
        AttemptId handler = fixture.started();

        // when its node is gone
        fixture.crash();
        fixture.startOnAnotherNode();

        // then the handler runs again, and the process waits
        assertThat(fixture.started().job()).isEqualTo(handler.job());
        JobView waiting = job(process.job());
        assertThat(waiting.state()).isEqualTo(JobState.RUNNING);
        assertThat(waiting.conditions()).extracting(Condition::type).containsExactly("WaitingForLease");
        assertThat(waiting.conditions().getFirst().message()).contains("node-1");

        // when it is not over for certain
        fixture.time().timePasses(LEASE.takeOverDelay().minusMillis(200));
        assertThat(job(process.job()).attempt()).isEqualTo(1);
        nothingIsCleanedUpYet();

        // when it is, and what it left behind is returned
        fixture.time().timePasses(Duration.ofMillis(400));
        var cleanUp = (CleanupManager.CleanUpInterrupted) fixture.cleanups.receiveMessage(PATIENCE);
        cleanUp.replyTo().tell(new CleanedUp(AttemptId.of(cleanUp.job()), List.of()));
        AttemptId again = fixture.started();
        assertThat(again.job()).isEqualTo(process.job());
        assertThat(again.number()).isEqualTo(2);
        assertThat(job(process.job()).conditions()).isEmpty();
    }

    private void nothingIsCleanedUpYet() {
        var marker = new CleanupManager.Stored(Long.MAX_VALUE);
        fixture.cleanups.ref().tell(marker);
        fixture.cleanups.fishForMessage(PATIENCE, message -> {
            if (message instanceof CleanupManager.CleanUpInterrupted) {
                return FishingOutcomes.fail("cleaned up behind while it may still run: " + message);
            }
            return message.equals(marker) ? FishingOutcomes.complete() : FishingOutcomes.continueAndIgnore();
        });
    }

    @Test
    void aProcessOfThisNodeStartsAgainAtOnce() {
        fixture.start().created();
        fixture.submitted(TestJobs.submittedProcess(1));
        AttemptId process = fixture.started();

        fixture.crash();
        fixture.start();

        assertThat(fixture.started()).isEqualTo(new AttemptId(process.job(), 2, process.epoch() + 1));
    }

    @Test
    void aProcessThatTheHostOfThisNodeHasGoesOnAsTheSameAttempt() {
        fixture.start().created();
        fixture.submitted(TestJobs.submittedProcess(1));
        AttemptId process = fixture.started();

        fixture.crash();
        fixture.services
                .host("node-1")
                .inherited
                .add(new RunKey(
                        ChannelFixture.NAME.value(), process.job().toString(), process.number(), process.epoch()));
        fixture.start();

        Attempt goesOn = fixture.startedAttempt();
        assertThat(goesOn.id()).isEqualTo(process);
        assertThat(goesOn.origin()).isEqualTo(Attempt.Origin.ADOPTED);
        assertThat(goesOn.startedAt().toEpochMilli()).isEqualTo(fixture.now());
        assertThat(job(process.job()).attempt()).isEqualTo(1);
    }

    @Test
    void theDelayIsTheLeaseNoticedLateByTheSlowerClock() {
        assertThat(LEASE.takeOverDelay()).isEqualTo(Duration.ofMillis(16_160));
    }
}
