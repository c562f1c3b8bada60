package io.millrace.channel.service;

import static io.millrace.channel.service.ServicesUnderTest.dependingOn;
import static io.millrace.channel.service.ServicesUnderTest.shell;
import static io.millrace.channel.service.ServicesUnderTest.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.JobId;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.ReadinessCheck;
import io.millrace.contracts.process.StopPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that run beside real services: to find out whether they are ready, and to stop them. */
class HooksTest {
    private static final ActorTestKit KIT = ActorTestKit.create("hooks");
    private static final String FOREVER = "exec sleep 60";
    private static final String UNTIL_TERM = "trap 'echo got TERM; exit 0' TERM; echo up; while :; do sleep 0.02; done";

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
    void aServiceIsReadyOnceItsCommandSucceedsAndShowsUntilThenWhatThatWrote() throws IOException {
        // given
        Path go = shared.resolve("go");
        JobId id = services.startUp(
                        with(check("test -e " + go + " || { echo no such table >&2; exit 3; }"), shell("db", FOREVER)))
                .id();

        // then
        ProcessView waiting = services.await(id, view -> view.check() != null);
        ReadinessCheck failed = Objects.requireNonNull(waiting.check());
        assertThat(waiting.isReady()).isFalse();
        assertThat(failed.isPassed()).isFalse();
        assertThat(failed.message()).contains("exit code 3");
        assertThat(failed.output()).isEqualTo("no such table");
        assertThat(message(waiting, "NotReady")).contains("exit code 3");

        // when
        Files.createFile(go);

        // then
        ProcessView ready = services.await(id, ProcessView::isReady);
        assertThat(Objects.requireNonNull(ready.check()).isPassed()).isTrue();
        assertThat(services.lines(id))
                .as("output of checks is no output of the service")
                .isEmpty();
    }

    @Test
    void aCheckHasTheDirectoryTheVariablesAndTheProcessIdOfItsService() {
        // when
        JobId id = services.startUp(with(
                        check("test -e mark && echo $MILLRACE_PROCESS_NAME $MILLRACE_PROCESS_PID $MILLRACE_JOB_ID"),
                        shell("db", "touch mark; " + FOREVER)))
                .id();

        // then
        ProcessView ready = services.await(id, ProcessView::isReady);
        assertThat(Objects.requireNonNull(ready.check()).output()).isEqualTo("db " + ready.pid() + " " + id);
    }

    @Test
    void aServiceThatEndsEndsItsCheckToo() {
        // given a check that would take long
        Path begun = shared.resolve("begun");
        JobId id = services.startUp(with(check("touch " + begun + "; exec sleep 60"), shell("db", FOREVER)))
                .id();
        services.await(id, _ -> Files.exists(begun));

        // when
        ProcessView stopped = services.stop(id);

        // then
        assertThat(stopped.state()).isEqualTo(ProcessState.STOPPED);
        services.await(id, _ -> services.managers.processes().isEmpty());
    }

    @Test
    void aCommandThatCannotBeStartedIsNoSuccessAndSaysWhy() {
        // when
        JobId id = services.startUp(with(new Readiness.Command(List.of("/no/such/check")), shell("db", FOREVER)))
                .id();

        // then
        ProcessView view = services.await(id, now -> now.check() != null);
        assertThat(Objects.requireNonNull(view.check()).message()).contains("/no/such/check");
        assertThat(view.isReady()).isFalse();
    }

    @Test
    void aCheckAfterALineBeginsWithTheLineAndWhoWaitsForThatStartsThen() throws IOException {
        // given
        Path go = shared.resolve("go");
        Path checked = shared.resolve("checked");
        var ready = new Readiness.AfterLine(
                new Readiness.Log("recovered"),
                new Readiness.Command(
                        List.of("sh", "-c", "touch " + checked + "; test -e " + shared.resolve("usable"))));
        JobId db = services.startUp(with(
                        ready,
                        shell("db", "while [ ! -e " + go + " ]; do sleep 0.02; done; echo recovered; " + FOREVER)))
                .id();
        JobId logged = services.start(dependingOn("db", ProcessDependency.Condition.LOGGED, shell("logged", FOREVER)))
                .id();
        assertThat(services.show(logged).state()).isEqualTo(ProcessState.PENDING);
        assertThat(checked).doesNotExist();

        // when
        Files.createFile(go);

        // then
        services.await(logged, ProcessView::isRunning);
        services.await(db, _ -> Files.exists(checked));
        assertThat(services.show(db).isReady()).isFalse();

        // when
        Files.createFile(shared.resolve("usable"));

        // then
        services.await(db, ProcessView::isReady);
    }

    // Stop

    @Test
    void aStopCommandEndsTheServiceInsteadOfTheSignalAndItsOutputIsInTheLog() {
        // given
        JobId id = services.startUp(with(
                        stop("echo stopping $MILLRACE_PROCESS_NAME; kill -USR1 $MILLRACE_PROCESS_PID"),
                        shell(
                                "db",
                                "trap 'echo got TERM; exit 0' TERM; trap 'echo bye; exit 0' USR1; echo up; "
                                        + "while :; do sleep 0.02; done")))
                .id();
        services.awaitLine(id, "up");

        // when
        ProcessView stopped = services.stop(id);

        // then
        assertThat(stopped.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(stopped.exitCode()).isZero();
        services.awaitLine(id, "stopping db");
        assertThat(services.lines(id)).contains("bye").doesNotContain("got TERM");
        assertThat(services.totals()).containsEntry("processes.killedAfterGrace", 0.0);
    }

    @Test
    void aStopCommandThatFailsIsFollowedByTheSignal() {
        // given a service that takes its time to end, so that what is shown meanwhile can be seen
        Path end = shared.resolve("end");
        JobId id = services.startUp(with(
                        stop("exit 4"),
                        shell(
                                "db",
                                "trap 'echo got TERM; while [ ! -e " + end + " ]; do sleep 0.02; done; exit 0' TERM; "
                                        + "echo up; while :; do sleep 0.02; done")))
                .id();
        services.awaitLine(id, "up");

        // when
        services.stop(id, Duration.ofMillis(1));

        // then
        services.awaitLine(id, "got TERM");
        ProcessView stopping = services.show(id);
        assertThat(stopping.state()).isEqualTo(ProcessState.STOPPING);
        assertThat(message(stopping, "StopCommandFailed")).contains("exit code 4");
        assertThat(message(stopping, "StopRequested")).contains("command");
        touch(end);
        assertThat(services.await(id, view -> view.state().isEnded()).state()).isEqualTo(ProcessState.STOPPED);
    }

    @Test
    void whatAStopCommandDoesNotEndWithinTheGraceTimeIsKilledTogetherWithIt() {
        // given
        JobId id = services.startUp(with(
                        new StopPolicy("TERM", Duration.ofMillis(300), List.of("sleep", "60")),
                        shell("db", UNTIL_TERM)))
                .id();
        services.awaitLine(id, "up");

        // when
        ProcessView stopped = services.stop(id);

        // then
        assertThat(stopped.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(stopped.signal()).isEqualTo("SIGKILL");
        assertThat(services.lines(id)).doesNotContain("got TERM");
        services.await(id, _ -> services.managers.processes().isEmpty());
    }

    private static Readiness check(String script) {
        return new Readiness.Command(List.of("sh", "-c", script));
    }

    private static StopPolicy stop(String script) {
        return new StopPolicy("TERM", Duration.ofSeconds(20), List.of("sh", "-c", script));
    }

    private static String message(ProcessView view, String type) {
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
            throw new UncheckedIOException(e);
        }
    }
}
