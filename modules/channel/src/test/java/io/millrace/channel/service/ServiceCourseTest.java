package io.millrace.channel.service;

import static io.millrace.channel.service.ServicesUnderTest.dependingOn;
import static io.millrace.channel.service.ServicesUnderTest.restarting;
import static io.millrace.channel.service.ServicesUnderTest.shell;
import static io.millrace.channel.service.ServicesUnderTest.startingWithin;
import static io.millrace.channel.service.ServicesUnderTest.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.ChannelReport;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.domain.process.ProcessChange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real services wait for, and what follows when they end by themselves. */
class ServiceCourseTest {
    private static final ActorTestKit KIT = ActorTestKit.create("service-course");
    private static final String FOREVER = "exec sleep 60";

    @TempDir
    Path data;

    @TempDir
    Path shared;

    private ServicesUnderTest services;

    @BeforeEach
    void startManagers() {
        services = new ServicesUnderTest(KIT, data);
    }

    @AfterEach
    void stopManagers() {
        services.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    // Readiness

    @Test
    void aServiceWithoutACheckIsReadyAsSoonAsItRuns() {
        // when
        ProcessView view = services.startUp(shell("web", FOREVER));

        // then
        assertThat(view.isReady()).isTrue();
        assertThat(view.readyAt()).isEqualTo(view.startedAt());
    }

    @Test
    void aServiceIsReadyOnceItHasWrittenTheLineThatSaysSo() {
        // given
        Path go = shared.resolve("go");
        JobId id = services.startUp(with(
                        new Readiness.Log("listening on \\d+"),
                        shell(
                                "web",
                                "echo starting; while [ ! -e " + go + " ]; do sleep 0.02; done; echo listening on 80; "
                                        + FOREVER)))
                .id();
        services.awaitLines(id, 1);
        assertThat(services.show(id).isReady()).isFalse();

        // when
        touch(go);

        // then
        ProcessView ready = services.await(id, ProcessView::isReady);
        assertThat(ready.readyAt()).isAfterOrEqualTo(ready.startedAt());
        assertThat(ready.conditions()).isEmpty();
    }

    @Test
    void aServiceIsReadyOnceItsPortAcceptsConnectionsAndSaysUntilThenWhyItIsNot() throws IOException {
        // given a port at which nobody listens
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        JobId id = services.startUp(with(new Readiness.Tcp("127.0.0.1", port), shell("web", FOREVER)))
                .id();

        // then
        ProcessView waiting =
                services.await(id, view -> condition(view, "NotReady").contains("latest check"));
        assertThat(condition(waiting, "NotReady")).contains("port " + port);
        assertThat(waiting.isReady()).isFalse();

        // when somebody listens
        try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(server.isBound()).isTrue();

            // then
            assertThat(services.await(id, ProcessView::isReady).conditions()).isEmpty();
        }
    }

    @Test
    void aServiceIsReadyOnceItsAddressIsAnsweredWithSuccess() {
        // given a server that answers every call with 204
        var spec = with(new Readiness.Http(URI.create("http://127.0.0.1:1/health")), shell("web", FOREVER));

        // when
        ProcessView started = services.startUp(spec);

        // then
        assertThat(services.await(started.id(), ProcessView::isReady).state()).isEqualTo(ProcessState.RUNNING);
    }

    @Test
    void aServiceThatIsNotReadyInTimeIsStoppedAndHasFailed() {
        // given one that never says that it is ready
        var spec = startingWithin(
                Duration.ofMillis(300), with(new Readiness.Log("never"), shell("web", "echo no; " + FOREVER)));

        // when
        ProcessView view =
                services.await(services.start(spec).id(), now -> now.state().isEnded());

        // then
        assertThat(view.state()).isEqualTo(ProcessState.FAILED);
        assertThat(view.error()).isNotNull();
        assertThat(view.error().code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(view.error().detail()).contains("300ms");
        assertThat(services.managers.processes()).isEmpty();
    }

    @Test
    void anExpressionThatCannotBeUsedIsRefusedBeforeAnythingIsStored() {
        // when
        var refusal = services.refusal(replyTo ->
                new ServiceManager.Start(with(new Readiness.Log("("), shell("web", FOREVER)), null, null, replyTo));

        // then
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(refusal.violations()).extracting("field").containsExactly("ready.log");
        assertThat(services.managers.storedProcesses.changes()).isEmpty();
        assertThat(services.totals()).containsEntry("processes.startsRefused", 1.0);
    }

    // Dependencies

    @Test
    void aServiceStartsOnceWhatItDependsOnIsReadyAndSaysUntilThenWhatItWaitsFor() {
        // given
        Path go = shared.resolve("go");
        JobId web = services.start(dependingOn("db", ProcessDependency.Condition.READY, shell("web", FOREVER)))
                .id();
        assertThat(condition(services.show(web), "WaitingForProcess")).contains("'db'");

        // when the other one runs
        JobId db = services.startUp(with(
                        new Readiness.Log("ready"),
                        shell("db", "while [ ! -e " + go + " ]; do sleep 0.02; done; echo ready; " + FOREVER)))
                .id();

        // then that is not enough
        assertThat(services.show(web).state()).isEqualTo(ProcessState.PENDING);
        assertThat(condition(services.show(web), "WaitingForProcess")).contains("not ready");

        // when it is ready
        touch(go);

        // then
        assertThat(services.awaitUp(web).state()).isEqualTo(ProcessState.RUNNING);
        assertThat(services.show(db).isReady()).isTrue();
    }

    @Test
    void aCommandRunsOnceAnotherHasSucceeded() {
        // given
        Path file = shared.resolve("order");
        services.start(
                dependingOn("migrate", ProcessDependency.Condition.SUCCEEDED, shell("seed", "echo seed >> " + file)));

        // when
        services.start(shell("migrate", "sleep 0.1; echo migrate >> " + file));

        // then
        JobId seed = services.list().getFirst().id();
        assertThat(services.await(seed, view -> view.state().isEnded()).state()).isEqualTo(ProcessState.SUCCESS);
        assertThat(file).content().isEqualTo("migrate\nseed\n");
    }

    @Test
    void whoDependsOnAnotherIsStoppedBeforeThatOne() {
        // given a service that can say goodbye only while what it depends on is there
        Path file = shared.resolve("order");
        services.startUp(shell("db", "trap 'echo db >> " + file + "; exit 0' TERM; while :; do sleep 0.02; done"));
        JobId web = services.start(dependingOn(
                        "db",
                        ProcessDependency.Condition.STARTED,
                        shell(
                                "web",
                                "trap 'sleep 0.2; echo web >> " + file
                                        + "; exit 0' TERM; echo up; while :; do sleep 0.02; done")))
                .id();
        services.awaitLines(web, 1);

        // when
        var handler = services.ofHandler();
        int removed = handler.cleanUp().toCompletableFuture().join();

        // then
        assertThat(removed).isEqualTo(2);
        assertThat(file).content().isEqualTo("web\ndb\n");
    }

    // Restart

    @Test
    void aServiceThatFailsIsStartedAgainUntilItStaysUp() {
        // given one that fails twice
        Path tries = shared.resolve("tries");
        var spec = with(
                restarting(RestartPolicy.Mode.ON_FAILURE, 5),
                shell("web", "echo x >> " + tries + "; [ $(wc -l < " + tries + ") -ge 3 ] && exec sleep 60; exit 1"));

        // when
        JobId id = services.start(spec).id();

        // then
        ProcessView view = services.await(id, now -> now.isRunning() && now.run() == 3);
        assertThat(view.restarts()).isEqualTo(2);
        assertThat(services.totals())
                .containsEntry("processes.restarts", 2.0)
                .containsEntry("processes.failures", 2.0)
                .containsEntry("processes.running", 1.0);
    }

    @Test
    void aCrashLoopIsShownAndEndsWithTheLastRestart() {
        // given
        var spec = with(restarting(RestartPolicy.Mode.ALWAYS, 4), shell("web", "exit 7"));

        // when
        JobId id = services.start(spec).id();

        // then
        ProcessView ended = services.await(id, now -> now.state().isEnded());
        assertThat(ended.state()).isEqualTo(ProcessState.FAILED);
        assertThat(ended.run()).isEqualTo(5);
        assertThat(ended.exitCode()).isEqualTo(7);
        List<ProcessChange.RunEnded> ends = services.managers.storedProcesses.changes().stream()
                .filter(ProcessChange.RunEnded.class::isInstance)
                .map(ProcessChange.RunEnded.class::cast)
                .toList();
        assertThat(ends).hasSize(5);
        assertThat(ends.get(3).restart()).isNotNull();
        assertThat(ends.get(3).restart().shortRunsInRow()).isEqualTo(4);
    }

    @Test
    void aCrashLoopIsAnIncidentThatIsOverOnceARunStaysUp() throws InterruptedException {
        // given
        Path mended = shared.resolve("mended");
        var stable = new RestartPolicy(
                RestartPolicy.Mode.ALWAYS, Duration.ofMillis(20), 1, Duration.ofMillis(20), 0, Duration.ofMillis(500));
        JobId id = services.start(with(stable, shell("web", "[ -e " + mended + " ] && exec sleep 60; exit 1")))
                .id();

        // when it has crashed often
        var incident = ((ChannelReport.IncidentSeen) services.managers.storedProcesses.nextIncident()).report();
        services.await(id, view -> view.run() > 6);

        // then it is told once
        assertThat(incident.kind()).isEqualTo(IncidentKind.CRASH_LOOP);
        assertThat(incident.subject()).isEqualTo("web");
        assertThat(incident.detail()).contains(id.toString(), "500 ms");
        assertThat(incident.occurrence()).endsWith(id + "/1");

        // when it is mended
        touch(mended);

        // then
        assertThat(services.managers.storedProcesses.nextIncident())
                .isEqualTo(new ChannelReport.IncidentSubsided(
                        IncidentKind.CRASH_LOOP, "web", "Process 'web' runs, and is in no crash loop any more."));
    }

    @Test
    void aCrashLoopThatSomebodyStopsIsOver() throws InterruptedException {
        var spec = with(restarting(RestartPolicy.Mode.ALWAYS, 0), shell("web", "exit 1"));
        JobId id = services.start(spec).id();
        services.managers.storedProcesses.nextIncident();

        services.stop(id);

        var over = (ChannelReport.IncidentSubsided) services.managers.storedProcesses.nextIncident();
        assertThat(over.note()).isEqualTo("Process 'web' has ended STOPPED and is not started again.");
    }

    @Test
    void aStopEndsTheWaitForARestart() {
        // given one that waits for its restart for long
        var slow = new RestartPolicy(
                RestartPolicy.Mode.ALWAYS, Duration.ofMinutes(1), 2, Duration.ofMinutes(1), 0, Duration.ofSeconds(10));
        JobId id = services.start(with(slow, shell("web", "exit 1"))).id();
        services.await(id, view -> view.restarts() == 1);

        // when
        ProcessView stopped = services.stop(id);

        // then
        assertThat(stopped.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(stopped.run()).isEqualTo(1);
    }

    private static String condition(ProcessView view, String type) {
        return view.conditions().stream()
                .filter(condition -> condition.type().equals(type))
                .map(Condition::message)
                .findFirst()
                .orElse("");
    }

    private static void touch(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
