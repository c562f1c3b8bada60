package io.millrace.channel.service;

import static io.millrace.channel.service.DirectedServices.NODE;
import static io.millrace.channel.service.ServicesUnderTest.command;
import static io.millrace.channel.service.ServicesUnderTest.dependingOn;
import static io.millrace.channel.service.ServicesUnderTest.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.process.Survival;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.domain.Limits;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessRef;
import io.millrace.domain.process.ProcessSnapshot;
import io.millrace.host.RunListener.EndReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a service manager asks its channel and its process manager, and when. */
class ServiceManagerTest {
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final JobId ID = new JobId(0x19300000L << 16, 7);
    private static final int TERM = 15;

    private DirectedServices services = new DirectedServices();

    @AfterEach
    void close() {
        services.close();
    }

    // Stored first

    @Test
    void nothingStartsAndNobodyIsAnsweredBeforeItIsStored() {
        // given a channel that stores nothing
        services.channel.hold();

        // when
        var answer = services.ask(replyTo -> new ServiceManager.Start(command("web", "serve"), null, null, replyTo));
        services.answer(ServiceManager.Totals.class, ServiceManager.ShowTotals::new);

        // then
        answer.expectNoMessage(Duration.ZERO);
        services.processes.expectNoMessage(Duration.ZERO);

        // when
        services.channel.release();

        // then
        JobId id = answer.expectMessageClass(ServiceManager.Registered.class)
                .process()
                .id();
        ProcessManager.Start start = services.asked(ProcessManager.Start.class);
        assertThat(start.attempt()).isEqualTo(new AttemptId(id, 1, 101));
        assertThat(start.survival()).isEqualTo(Survival.RESTART);
        assertThat(start.work().command()).containsExactly("serve");
    }

    @Test
    void aRequestWithTheSameKeyIsAnsweredWithTheSameProcess() {
        // given
        JobId first = keyed("web", "key", "hash")
                .expectMessageClass(ServiceManager.Registered.class)
                .process()
                .id();

        // when
        var again = keyed("web", "key", "hash").expectMessageClass(ServiceManager.Registered.class);
        var other = keyed("web", "key", "other hash").expectMessageClass(ManagerReply.Refused.class);

        // then
        assertThat(again.isReplayed()).isTrue();
        assertThat(again.process().id()).isEqualTo(first);
        assertThat(other.problem().detail()).contains("key");
        services.asked(ProcessManager.Start.class);
        services.nothingIsAsked();
    }

    private TestProbe<ManagerReply> keyed(String name, String key, String hash) {
        return services.ask(replyTo -> new ServiceManager.Start(command(name, "serve"), key, hash, replyTo));
    }

    // Time

    @Test
    @Proves("B-31")
    void aStartThatIsNotOverWithinThirtySecondsIsGivenUp() {
        // given a service that runs and is not ready
        JobId id = services.start(with(new Readiness.Log("ready"), command("web", "serve")))
                .id();
        ProcessManager.Start start = services.asked(ProcessManager.Start.class);
        services.isUp(start, 4711);
        services.await(id, ProcessView::isRunning);

        // when
        services.pass(ProcessSpec.START_TIMEOUT_DEFAULT.minus(MILLI));
        services.nothingIsAsked();
        services.pass(MILLI);

        // then
        ProcessManager.Signal signal = services.asked(ProcessManager.Signal.class);
        assertThat(signal).isEqualTo(new ProcessManager.Signal(start.attempt(), TERM));
        services.signalled(start.replyTo(), start.attempt(), "SIGTERM");
        ProcessView failed = services.await(id, view -> view.state().isEnded());
        assertThat(failed.state()).isEqualTo(ProcessState.FAILED);
        assertThat(failed.error()).isNotNull();
        assertThat(failed.error().code()).isEqualTo(ErrorCode.TIMEOUT);
    }

    @Test
    @Proves({"B-34", "B-183"})
    void aKillFollowsTheStopSignalTenSecondsLaterAndNotBefore() {
        // given
        ProcessManager.Start start = running("web");

        // when
        var stopped = services.ask(replyTo -> new ServiceManager.Stop("web", 60_000, replyTo));

        // then
        assertThat(services.asked(ProcessManager.Signal.class).number()).isEqualTo(TERM);
        services.pass(Duration.ofSeconds(10).minus(MILLI));
        services.nothingIsAsked();
        services.pass(MILLI);
        assertThat(services.asked(ProcessManager.Kill.class).attempt()).isEqualTo(start.attempt());
        services.signalled(start.replyTo(), start.attempt(), "SIGKILL");
        ProcessView view =
                stopped.expectMessageClass(ServiceManager.Shown.class).process();
        assertThat(view.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(view.signal()).isEqualTo("SIGKILL");
        assertThat(services.logs.expectMessageClass(LogStore.JobEnded.class).job())
                .isEqualTo(view.id());
    }

    @Test
    void whoWaitsWhenTheChannelGoesAwayIsToldThatTheOutcomeIsUnknown() {
        // given
        running("web");
        var stopped = services.ask(replyTo -> new ServiceManager.Stop("web", 60_000, replyTo));
        services.asked(ProcessManager.Signal.class);
        services.settle();

        // when
        services.end();

        // then
        assertThat(stopped.expectMessageClass(ManagerReply.Refused.class)
                        .problem()
                        .code())
                .isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void whoWaitsForTooLongIsToldHowItIs() {
        // given
        running("web");

        // when
        var answer = services.ask(replyTo -> new ServiceManager.Stop("web", 3_000, replyTo));
        services.asked(ProcessManager.Signal.class);
        services.pass(Duration.ofSeconds(3).minus(MILLI));
        services.settle();
        answer.expectNoMessage(Duration.ZERO);
        services.pass(MILLI);

        // then
        assertThat(answer.expectMessageClass(ServiceManager.Shown.class)
                        .process()
                        .state())
                .isEqualTo(ProcessState.STOPPING);
    }

    @Test
    void thirtyTwoMayWaitForAProcessAndTheNextIsAnsweredAtOnce() {
        // given
        running("web");
        List<TestProbe<ManagerReply>> waiting = new ArrayList<>();
        for (int i = 0; i < Limits.PROCESS_WAITERS_MAX; i++) {
            waiting.add(services.ask(replyTo -> new ServiceManager.Stop("web", 60_000, replyTo)));
        }

        // when
        var oneTooMany = services.ask(replyTo -> new ServiceManager.Stop("web", 60_000, replyTo));

        // then
        assertThat(oneTooMany
                        .expectMessageClass(ServiceManager.Shown.class)
                        .process()
                        .state())
                .isEqualTo(ProcessState.STOPPING);
        services.settle();
        waiting.forEach(probe -> probe.expectNoMessage(Duration.ZERO));
    }

    @Test
    void whatTheProcessHostCannotDoForARunIsShown() {
        // given
        JobId id = services.start(command("web", "serve")).id();
        ProcessManager.Start start = services.asked(ProcessManager.Start.class);

        // when
        var notIsolated = new Condition("NotIsolated", "it runs as the user of the node", Instant.EPOCH);
        start.replyTo().tell(new ProcessManager.Started(start.attempt(), 1, 0, List.of(notIsolated)));

        // then until it has ended
        assertThat(services.await(id, ProcessView::isRunning).conditions()).contains(notIsolated);
        services.exited(start.replyTo(), start.attempt(), 0);
        assertThat(services.await(id, view -> view.state().isEnded()).conditions())
                .isEmpty();
    }

    @Test
    void whatIsNotAnsweredIsAskedAgain() {
        // given
        services.start(command("web", "serve"));
        ProcessManager.Start asked = services.asked(ProcessManager.Start.class);

        // when
        services.pass(Limits.MANAGER_ANSWER_MAX);

        // then
        assertThat(services.asked(ProcessManager.Start.class)).isEqualTo(asked);
    }

    // Another life

    @Test
    void aRunOfAnEarlierLifeOfThisNodeIsTakenOver() {
        // given
        begin(stored(RestartPolicy.NEVER, NODE));

        // when
        ProcessManager.Adopt adopt = services.asked(ProcessManager.Adopt.class);
        services.isUp(adopt, 4711);

        // then it is the same run
        assertThat(adopt.attempt()).isEqualTo(new AttemptId(ID, 1, 42));
        ProcessView view = services.await(ID, ProcessView::isRunning);
        assertThat(view.run()).isEqualTo(1);
        assertThat(view.pid()).isEqualTo(4711);
        assertThat(services.channel.changes()).isEmpty();

        // when
        services.ask(replyTo -> new ServiceManager.Stop("web", 0, replyTo));

        // then
        assertThat(services.asked(ProcessManager.Signal.class).attempt()).isEqualTo(adopt.attempt());
    }

    @Test
    void aRunThatTheProcessHostDoesNotKnowIsLostUnlessItsPolicyStartsItAgain() {
        // given
        begin(stored(RestartPolicy.NEVER, NODE));

        // when
        notFound(services.asked(ProcessManager.Adopt.class));

        // then
        assertThat(services.await(ID, view -> view.state().isEnded()).state()).isEqualTo(ProcessState.LOST);

        // given
        begin(stored(always(), NODE));

        // when
        notFound(services.asked(ProcessManager.Adopt.class));
        services.await(ID, view -> view.state() == ProcessState.PENDING);
        services.pass(Duration.ofSeconds(2));

        // then
        assertThat(services.asked(ProcessManager.Start.class).attempt().number())
                .isEqualTo(2);
    }

    private static void notFound(ProcessManager.Adopt adopt) {
        adopt.replyTo()
                .tell(new ProcessManager.NotStarted(
                        adopt.attempt(), Problem.of(ErrorCode.NOT_FOUND, "ProcessManager", "no such run")));
    }

    @Test
    void aRunOfAnotherNodeIsStartedHereOnceItsLeaseIsOver() {
        // given
        begin(stored(always(), "node-2"));

        // when
        services.pass(TestServices.LEASE.takeOverDelayOfSurvivors().minus(MILLI));

        // then nothing, because it may still run there
        services.nothingIsAsked();
        assertThat(services.show(ID).conditions()).extracting("type").contains("NodeLost");

        // when
        services.pass(Duration.ofSeconds(2));

        // then
        assertThat(services.asked(ProcessManager.Start.class).attempt().number())
                .isEqualTo(2);
    }

    @Test
    void aRunWhoseHostIsGoneIsNobodysFailure() {
        // given
        services.start(with(always(), command("web", "serve")));
        ProcessManager.Start start = services.asked(ProcessManager.Start.class);
        services.isUp(start, 4711);
        services.await(start.attempt().job(), ProcessView::isRunning);
        services.pass(Duration.ofMinutes(1));

        // when
        services.interrupted(start.replyTo(), start.attempt(), EndReason.HOST_GONE);

        // then it is started again at once
        assertThat(services.asked(ProcessManager.Start.class).attempt().number())
                .isEqualTo(2);
        assertThat(services.show(start.attempt().job()).restarts()).isEqualTo(1);
    }

    @Test
    void aDefectLosesNothing() {
        // given a service that runs, and one that is about to
        ProcessManager.Start running = running("web");
        services.start(command("job", "work"));
        ProcessManager.Start starting = services.asked(ProcessManager.Start.class);

        // when the manager fails
        services.fail();

        // then
        assertThat(services.asked(ProcessManager.Start.class)).isEqualTo(starting);
        assertThat(services.show(running.attempt().job()).isRunning()).isTrue();
    }

    // Everything

    @Test
    @Proves("B-39")
    void everythingIsStoppedInOrderAndWhatDoesNotGoIsKilledInTime() {
        // given a service that will not end, and one that needs it
        ProcessManager.Start db = running("db");
        services.start(dependingOn("db", ProcessDependency.Condition.STARTED, command("web", "serve")));
        ProcessManager.Start web = services.asked(ProcessManager.Start.class);
        services.isUp(web, 2);
        services.await(web.attempt().job(), ProcessView::isRunning);
        TestProbe<ProcessManager.AllKilled> done = services.kit.createTestProbe(ProcessManager.AllKilled.class);

        // when
        services.tell(new ServiceManager.StopAll(Set.of(), done.ref()));

        // then the one that is needed comes last
        assertThat(services.asked(ProcessManager.Signal.class).attempt()).isEqualTo(web.attempt());
        services.nothingIsAsked();
        var refused = services.answer(
                ManagerReply.Refused.class,
                replyTo -> new ServiceManager.Start(command("late", "serve"), null, null, replyTo));
        assertThat(refused.problem().code()).isEqualTo(ErrorCode.INVALID_STATE);
        services.exited(web.replyTo(), web.attempt(), 0);
        assertThat(services.asked(ProcessManager.Signal.class).attempt()).isEqualTo(db.attempt());

        // when it takes its time
        services.pass(Duration.ofSeconds(10));
        assertThat(services.asked(ProcessManager.Kill.class).attempt()).isEqualTo(db.attempt());
        services.signalled(db.replyTo(), db.attempt(), "SIGKILL");

        // then the rest of the channel follows
        ProcessManager.KillAll others = services.asked(ProcessManager.KillAll.class);
        others.replyTo().tell(new ProcessManager.AllKilled(3, List.of()));
        assertThat(done.expectMessageClass(ProcessManager.AllKilled.class))
                .isEqualTo(new ProcessManager.AllKilled(5, List.of()));
    }

    @Test
    void aGraceTimeThatIsTooLongForTheWholeIsCut() {
        // given one that may take ten minutes
        services.start(with(new StopPolicy("INT", Duration.ofMinutes(10)), command("web", "serve")));
        ProcessManager.Start start = services.asked(ProcessManager.Start.class);
        services.isUp(start, 1);
        services.await(start.attempt().job(), ProcessView::isRunning);

        // when
        var removed = services.ask(ServiceManager.RemoveAll::new);
        assertThat(services.asked(ProcessManager.Signal.class).number()).isEqualTo(2);
        services.pass(Limits.PROCESSES_STOP_MAX);

        // then
        assertThat(services.asked(ProcessManager.Kill.class).attempt()).isEqualTo(start.attempt());
        services.signalled(start.replyTo(), start.attempt(), "SIGKILL");
        assertThat(removed.expectMessageClass(ServiceManager.AllRemoved.class).processes())
                .isEqualTo(1);
        assertThat(services.answer(ServiceManager.AllRemoved.class, ServiceManager.RemoveAll::new)
                        .processes())
                .isZero();
    }

    @Test
    void aChannelThatGoesElsewhereLeavesNoRunBehindAndItsServicesToTheNextOwner() {
        // given
        services.start(with(always(), command("web", "serve")));
        ProcessManager.Start start = services.asked(ProcessManager.Start.class);
        services.isUp(start, 1);
        services.await(start.attempt().job(), ProcessView::isRunning);
        TestProbe<ServiceManager.Left> left = services.kit.createTestProbe(ServiceManager.Left.class);

        // when
        services.tell(new ServiceManager.Leave(left.ref()));

        // then
        services.asked(ProcessManager.Signal.class);
        left.expectNoMessage(Duration.ZERO);
        services.exited(start.replyTo(), start.attempt(), 0);
        left.expectMessageClass(ServiceManager.Left.class);
        assertThat(services.channel.changes().getLast())
                .isInstanceOfSatisfying(
                        ProcessChange.RunEnded.class,
                        ended -> assertThat(ended.next()).isEqualTo(ProcessState.PENDING));

        // and it does not start here
        services.pass(Duration.ofMinutes(1));
        services.nothingIsAsked();
    }

    @Test
    void aDeletedChannelForgetsItsProcessesAndSaysSo() {
        // given
        running("web");

        // when
        services.tell(ServiceManager.ForgetAll.INSTANCE);

        // then
        services.asked(ProcessManager.Kill.class);
        assertThat(services.answer(ServiceManager.Listed.class, replyTo -> new ServiceManager.ListProcesses(0, replyTo))
                        .processes())
                .isEmpty();
        assertThat(services.channel.reports()).containsExactly(new ChannelReport.ProcessesForgotten());
    }

    // What is there

    private ProcessManager.Start running(String name) {
        JobId id = services.start(command(name, "serve")).id();
        ProcessManager.Start start = services.asked(ProcessManager.Start.class);
        services.isUp(start, 1);
        services.await(id, ProcessView::isRunning);
        return start;
    }

    private void begin(ProcessSnapshot stored) {
        services.close();
        services = new DirectedServices(stored);
    }

    private static RestartPolicy always() {
        return new RestartPolicy(
                RestartPolicy.Mode.ALWAYS, Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 0, Duration.ofSeconds(10));
    }

    /** A service with a run on a node. */
    private static ProcessSnapshot stored(RestartPolicy restart, String node) {
        ProcessSpec spec = with(restart, command("web", "serve"));
        ProcessRef web = new ProcessRef(ID, spec.name());
        ProcessBook book = ProcessBook.empty();
        long at = Instant.parse("2026-11-01T11:00:00Z").toEpochMilli();
        book.apply(new ProcessChange.Registered(ID, spec, null, null), at);
        book.apply(new ProcessChange.RunStarted(web, 1, 42, node, null), at);
        book.apply(new ProcessChange.RunUp(web, 1, 4711, at, null, "serve"), at);
        return book.snapshot();
    }
}
