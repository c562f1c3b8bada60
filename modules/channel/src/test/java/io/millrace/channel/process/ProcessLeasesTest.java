package io.millrace.channel.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.log.OutputPump;
import io.millrace.channel.process.ProcessManager.OwnershipConfirmed;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.work.Work;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.ProcessLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases of processes, which a channel that a probe stands for confirms or not. Time passes when the test says so. */
class ProcessLeasesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LEASE = TestServices.LEASE.length();

    @TempDir
    Path directory;

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    /** Close to where the clock wraps around, which it may at any time. */
    private final AtomicLong nanos =
            new AtomicLong(Long.MAX_VALUE - LEASE.dividedBy(2).toNanos());

    private final RecordedHost host = new RecordedHost();
    private final TestServices services = new TestServices();
    private final TestProbe<ChannelReport> channel = kit.createTestProbe(ChannelReport.class);
    private final TestProbe<ProcessManager.Answer> worker = kit.createTestProbe(ProcessManager.Answer.class);
    private ProcessRunner runner;
    private ActorRef<ProcessManager.Command> manager;

    @BeforeEach
    void start() throws IOException {
        runner = ProcessRunner.start(host, directory, Map.of(), Runnable::run, services.instruments);
        manager = spawned();
    }

    private ActorRef<ProcessManager.Command> spawned() {
        return kit.spawn(ProcessManager.create(
                ChannelName.DEFAULT, services.services("node-1", runner, List.of()), channel.ref(), nanos::get));
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    // Starting

    @Test
    void aProcessStartsUnderTheLeaseOfTheWriteThatStoredItsStart() {
        long until = in(LEASE);

        start(1, until);

        worker.expectMessageClass(ProcessManager.Started.class, PATIENCE);
        assertThat(host.orders).extracting(StartOrder::deadlineNanos).containsExactly(until);
        expectNoQuestion();
    }

    @Test
    void aProcessOfWhichNobodyKnowsWhoseItsChannelIsWaitsForTheAnswer() {
        start(1, null);
        channel.expectMessageClass(ChannelReport.OwnershipAsked.class, PATIENCE);
        settle();
        worker.expectNoMessage(Duration.ZERO);

        long until = in(LEASE);
        manager.tell(new OwnershipConfirmed(until));

        worker.expectMessageClass(ProcessManager.Started.class, PATIENCE);
        assertThat(host.orders).extracting(StartOrder::deadlineNanos).containsExactly(until);
    }

    @Test
    void aLeaseThatIsAlmostOverWhenItsProcessCanStartIsRenewedFirst() {
        start(1, in(LEASE.dividedBy(4)));

        ActorRef<ProcessManager.Command> asking = asked();
        assertThat(host.orders).isEmpty();
        asking.tell(new OwnershipConfirmed(in(LEASE)));

        worker.expectMessageClass(ProcessManager.Started.class, PATIENCE);
    }

    @Test
    void aProcessThatWaitsForTheAnswerCanBeEndedAndNeverStarts() {
        TestProbe<ProcessManager.Cleared> cleared = kit.createTestProbe();
        start(1, null);
        asked();

        manager.tell(new ProcessManager.Kill(attempt(1)));

        ProcessManager.NotStarted not = worker.expectMessageClass(ProcessManager.NotStarted.class, PATIENCE);
        assertThat(not.problem().code()).isEqualTo(ErrorCode.UNAVAILABLE);
        manager.tell(new OwnershipConfirmed(in(LEASE)));
        manager.tell(new ProcessManager.Clear(attempt(1), cleared.ref()));
        cleared.expectMessage(PATIENCE, new ProcessManager.Cleared(attempt(1)));
        assertThat(host.orders).isEmpty();
    }

    // Renewing

    @Test
    void aLeaseIsRenewedWhenAThirdOfItIsOver() {
        started(1);

        pass(LEASE.dividedBy(3).minusMillis(100));
        expectNoQuestion();
        pass(Duration.ofMillis(200));
        long until = in(LEASE);
        asked().tell(new OwnershipConfirmed(until));

        assertThat(renewed()).isEqualTo(Map.of(key(1), until));
    }

    @Test
    void everyProcessIsRenewedByOneAnswer() {
        started(1);
        started(2);

        pass(LEASE.dividedBy(2));
        asked().tell(new OwnershipConfirmed(in(LEASE)));

        assertThat(renewed()).containsOnlyKeys(key(1), key(2));
    }

    @Test
    void whatIsNotConfirmedIsNotRenewedAndAskedAgain() {
        started(1);

        pass(LEASE.dividedBy(2));
        asked();
        pass(LEASE.dividedBy(12));
        ActorRef<ProcessManager.Command> later = asked();
        settle();
        assertThat(host.renewals).isEmpty();

        later.tell(new OwnershipConfirmed(in(LEASE)));
        assertThat(renewed()).containsOnlyKeys(key(1));
    }

    @Test
    void anAnswerThatShowsNoMoreThanIsKnownRenewsNothing() {
        long until = in(LEASE);
        start(1, until);
        worker.expectMessageClass(ProcessManager.Started.class, PATIENCE);

        manager.tell(new OwnershipConfirmed(until));
        manager.tell(new OwnershipConfirmed(until - 1));
        manager.tell(new OwnershipConfirmed(until + 1));

        assertThat(renewed()).isEqualTo(Map.of(key(1), until + 1));
        assertThat(host.renewals).hasSize(1);
    }

    @Test
    void withoutAProcessNobodyIsAsked() {
        started(1);
        host.end(key(1));
        worker.expectMessageClass(ProcessManager.Ended.class, PATIENCE);

        pass(LEASE);
        pass(LEASE);

        expectNoQuestion();
        assertThat(host.renewals).isEmpty();
    }

    // Being ended by the host

    @Test
    void whoeverAskedHearsThatTheLeaseWasOverAndItIsCounted() {
        started(1);

        host.end(key(1), RunListener.EndReason.LEASE);

        var ended = worker.expectMessageClass(ProcessManager.Ended.class, PATIENCE);
        assertThat(ended.reason()).isEqualTo(RunListener.EndReason.LEASE);
        assertThat(services.instruments.all())
                .filteredOn(instrument -> instrument.name().equals("millrace_processes_cut_off_total"))
                .map(Instruments.Counter.class::cast)
                .filteredOn(counter -> counter.value() == 1)
                .extracting(Instruments.Counter::labels)
                .containsExactly(Map.of("reason", "lease"));
    }

    @Test
    void whatEndedWithItsHostHasNoStatus() {
        started(1);

        host.end(key(1), RunListener.EndReason.HOST_GONE);

        var ended = worker.expectMessageClass(ProcessManager.Ended.class, PATIENCE);
        assertThat(ended.exitCode()).isNull();
        assertThat(ended.signal()).isNull();
    }

    // Going and coming back

    @Test
    void whatEndsWithItsChannelIsKilledAndWhatSurvivesItsNodeIsLeftToTheHost() {
        started(1);
        start(2, in(LEASE), Survival.RESTART);
        worker.expectMessageClass(ProcessManager.Started.class, PATIENCE);

        kit.stop(manager);

        assertThat(host.killed).containsExactly(key(1));
        assertThat(host.forgotten).isEmpty();
    }

    @Test
    void aProcessThatIsTakenOverGoesOnUnderALeaseOfItsNewOwner() {
        manager.tell(new ProcessManager.Adopt(
                attempt(1), "npm run dev", Survival.RESTART, output(attempt(1)), worker.ref()));
        worker.expectMessageClass(ProcessManager.Started.class, PATIENCE);

        long until = in(LEASE);
        asked().tell(new OwnershipConfirmed(until));

        assertThat(renewed()).isEqualTo(Map.of(key(1), until));
        assertThat(host.adopted).containsExactly(key(1));
        assertThat(host.orders).isEmpty();
    }

    @Test
    void anAttemptsProcessIsLeftToTheNextLifeOfAChannelThatFails() {
        start(1, in(LEASE), Survival.FAILURE);
        worker.expectMessageClass(ProcessManager.Started.class, PATIENCE);

        kit.stop(manager);

        assertThat(host.killed).isEmpty();
        assertThat(runner.left(ChannelName.DEFAULT, List.of(attempt(1), attempt(2))))
                .containsExactly(attempt(1));

        manager = spawned();
        manager.tell(new ProcessManager.Adopt(attempt(1), "make", Survival.FAILURE, output(attempt(1)), worker.ref()));
        worker.expectMessageClass(ProcessManager.Started.class, PATIENCE);

        assertThat(runner.left(ChannelName.DEFAULT, List.of(attempt(1)))).isEmpty();
    }

    @Test
    void aSignalReachesARunningProcessAndAnEndIsForgottenOnceItIsDealtWith() {
        TestProbe<ProcessManager.Cleared> cleared = kit.createTestProbe();
        started(1);

        manager.tell(new ProcessManager.Signal(attempt(1), 1));
        manager.tell(new ProcessManager.Clear(attempt(1), cleared.ref()));
        kit.createTestProbe().awaitAssert(PATIENCE, () -> {
            assertThat(host.killed).containsExactly(key(1));
            return true;
        });
        assertThat(host.forgotten).isEmpty();
        host.end(key(1));

        cleared.expectMessage(PATIENCE, new ProcessManager.Cleared(attempt(1)));
        assertThat(host.signals).containsExactly(1);
        assertThat(host.forgotten).containsExactly(key(1));
    }

    @Test
    void aJobStartsAgainOnItsNodeOnlyWhenNothingIsLeftOfItsLastProcess() {
        // given a channel that begins anew while its process is still being killed
        started(1);
        kit.stop(manager);
        manager = spawned();
        AttemptId again = new AttemptId(attempt(1).job(), 2, 9);

        // when
        start(again, in(LEASE), Survival.NONE);
        settle();
        assertThat(host.orders).extracting(StartOrder::key).containsExactly(key(1));
        host.end(key(1));

        // then
        assertThat(worker.expectMessageClass(ProcessManager.Started.class, PATIENCE)
                        .attempt())
                .isEqualTo(again);
        assertThat(host.orders).hasSize(2);
    }

    private void started(int n) {
        start(n, in(LEASE));
        worker.expectMessageClass(ProcessManager.Started.class, PATIENCE);
    }

    private void start(int n, @Nullable Long ownedUntilNanos) {
        start(n, ownedUntilNanos, Survival.NONE);
    }

    private void start(int n, @Nullable Long ownedUntilNanos, Survival survival) {
        start(attempt(n), ownedUntilNanos, survival);
    }

    private void start(AttemptId attempt, @Nullable Long ownedUntilNanos, Survival survival) {
        manager.tell(new ProcessManager.Start(
                attempt,
                attempt,
                new Work.Process(List.of("true"), Map.of(), "", null),
                Map.of(),
                List.of(),
                ProcessLimits.NONE,
                false,
                survival,
                ownedUntilNanos,
                output(attempt),
                worker.ref()));
    }

    private ProcessOutput output(AttemptId attempt) {
        var store = TestInbox.<LogStore.Command>create().getRef();
        return new ProcessOutput(
                new OutputPump(attempt, store, (_, _) -> {}, services.instruments), new SystemOutputBuffer());
    }

    private ActorRef<ProcessManager.Command> asked() {
        return channel.expectMessageClass(ChannelReport.OwnershipAsked.class, PATIENCE)
                .replyTo();
    }

    private void expectNoQuestion() {
        settle();
        channel.expectNoMessage(Duration.ZERO);
    }

    /** Waits until the manager has done what it was told before. */
    private void settle() {
        TestProbe<ProcessManager.Processes> answer = kit.createTestProbe();
        manager.tell(new ProcessManager.Snapshot(answer.ref()));
        answer.receiveMessage(PATIENCE);
    }

    /** The only renewal there was. */
    private Map<RunKey, Long> renewed() {
        channel.awaitAssert(PATIENCE, () -> {
            assertThat(host.renewals).hasSize(1);
            return true;
        });
        return host.renewals.getFirst();
    }

    private void pass(Duration duration) {
        nanos.addAndGet(duration.toNanos());
        time.timePasses(duration);
    }

    private long in(Duration duration) {
        return nanos.get() + duration.toNanos();
    }

    private static AttemptId attempt(int n) {
        return new AttemptId(TestJobs.id(n), 1, n);
    }

    private static RunKey key(int n) {
        return new RunKey("default", TestJobs.id(n).toString(), 1, n);
    }
}
