package io.millrace.channel.service;

import static io.millrace.channel.service.ServicesUnderTest.command;
import static io.millrace.channel.service.ServicesUnderTest.shell;
import static io.millrace.channel.service.ServicesUnderTest.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.domain.process.ProcessChange;
import io.millrace.host.system.Signals;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real commands, started, watched and stopped. */
class ServiceProcessTest {
    private static final ActorTestKit KIT = ActorTestKit.create("services");
    /** Connections that nobody accepts. */
    private static final int BACKLOG = 100;

    private static final StopPolicy SOON = new StopPolicy("TERM", Duration.ofMillis(300));

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

    // Start

    @Test
    @Proves({"B-32", "B-43", "B-44", "B-45", "B-46"})
    void aCommandRunsAndItsOutputIsKeptUnderItsId() {
        // when
        ProcessView running = services.startUp(shell("web", "echo hello; exec sleep 60"));
        services.awaitLines(running.id(), 1);

        // then
        assertThat(running.state()).isEqualTo(ProcessState.RUNNING);
        assertThat(running.isRunning()).isTrue();
        assertThat(running.pid()).isNotNull();
        assertThat(running.exitCode()).isNull();
        assertThat(running.endedAt()).isNull();
        assertThat(services.lines(running.id())).containsExactly("hello");

        // when
        ProcessView ended = services.stop(running.id());

        // then
        assertThat(ended.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(ended.isRunning()).isFalse();
        assertThat(ended.signal()).isEqualTo("SIGTERM");
        assertThat(ended.startedAt()).isEqualTo(running.startedAt());
        assertThat(ended.endedAt()).isNotNull().isAfterOrEqualTo(ended.startedAt());
        assertThat(ended.pid()).isNull();
    }

    @Test
    void aCommandThatEndsWithZeroHasSucceededAndOneThatDoesNotHasFailed() {
        // when
        JobId good = services.start(command("good", "true")).id();
        JobId bad = services.start(shell("bad", "exit 3")).id();

        // then
        ProcessView succeeded = services.await(good, view -> view.state().isEnded());
        ProcessView failed = services.await(bad, view -> view.state().isEnded());
        assertThat(succeeded.state()).isEqualTo(ProcessState.SUCCESS);
        assertThat(succeeded.exitCode()).isZero();
        assertThat(failed.state()).isEqualTo(ProcessState.FAILED);
        assertThat(failed.exitCode()).isEqualTo(3);
        assertThat(failed.error()).isNotNull();
        assertThat(failed.error().detail()).contains("3");
    }

    @Test
    void aProgramThatDoesNotExistFailsAndSaysWhich() {
        // when
        ProcessView view = services.startUp(command("ghost", "/no/such/program"));

        // then
        assertThat(view.state()).isEqualTo(ProcessState.FAILED);
        assertThat(view.error()).isNotNull();
        assertThat(view.error().detail()).contains("/no/such/program");
    }

    @Test
    @Proves({"B-33", "B-162"})
    void aHundredStartsAtOnceGetIdsOfTheirOwnAndTenRunTogether() {
        // when
        List<ProcessView> started = IntStream.range(0, 100)
                .parallel()
                .mapToObj(i -> services.start(shell("p" + i, i < 10 ? "exec sleep 60" : "exit 0")))
                .toList();

        // then
        Set<JobId> ids = started.stream().map(ProcessView::id).collect(Collectors.toSet());
        assertThat(ids).hasSize(100);
        for (ProcessView each : started) {
            ProcessView view = services.awaitUp(each.id());
            boolean isLong = Integer.parseInt(each.spec().name().value().substring(1)) < 10;
            ProcessView settled =
                    isLong ? view : services.await(each.id(), now -> now.state().isEnded());
            assertThat(settled.state()).isEqualTo(isLong ? ProcessState.RUNNING : ProcessState.SUCCESS);
        }
        assertThat(services.list().stream().filter(ProcessView::isRunning)).hasSize(10);
        assertThat(services.managers.processes()).hasSizeGreaterThanOrEqualTo(10);
    }

    @Test
    void aNameIsTakenUntilItsProcessIsRemoved() {
        // given
        JobId first = services.startUp(shell("web", "exec sleep 60")).id();

        // when
        var refusal =
                services.refusal(replyTo -> new ServiceManager.Start(shell("web", "exit 0"), null, null, replyTo));

        // then
        assertThat(refusal.code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
        assertThat(services.remove(first)).isTrue();
        assertThat(services.start(shell("web", "exit 0")).id()).isNotEqualTo(first);
    }

    @Test
    void aProcessIsToldWhoItIs() {
        // when
        ProcessView view = services.startUp(shell(
                "web",
                "echo $MILLRACE_PROCESS_NAME $MILLRACE_JOB_ID $MILLRACE_ATTEMPT; test -n"
                        + " \"$MILLRACE_FENCING_TOKEN\" && echo fenced"));

        // then
        assertThat(services.awaitLines(view.id(), 2)).containsExactly("web " + view.id() + " 1", "fenced");
    }

    // Stop

    @Test
    @Proves("B-183")
    void anObedientProcessEndsBySignalAndIsNotKilled() {
        // given one that says what it gets
        JobId id = services.startUp(
                        shell("web", "trap 'echo got TERM; exit 0' TERM; echo up; while :; do sleep 0.05; done"))
                .id();
        services.awaitLines(id, 1);

        // when
        ProcessView ended = services.stop(id);

        // then it had its say, and nobody killed it
        assertThat(ended.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(ended.exitCode()).isZero();
        assertThat(services.lines(id)).contains("got TERM");
        assertThat(services.totals()).containsEntry("processes.killedAfterGrace", 0.0);
    }

    @Test
    @Proves({"B-34", "B-183"})
    void aProcessThatIgnoresItsSignalIsKilledWithItsDescendantsWhenItsGraceTimeIsOver() {
        // given a process that will not end, with a child that will not either
        JobId id = services.startUp(with(
                        SOON,
                        shell(
                                "stubborn",
                                "trap '' TERM; sh -c 'echo child $$; while :; do sleep 1; done' & "
                                        + "echo self $$; while :; do sleep 1; done")))
                .id();
        services.awaitLines(id, 2);
        int group = Math.toIntExact(Objects.requireNonNull(services.show(id).pid()));
        assertThat(Signals.isAlive(group)).isTrue();

        // when
        long before = System.nanoTime();
        ProcessView ended = services.stop(id);

        // then
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(SOON.grace());
        assertThat(ended.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(ended.signal()).isEqualTo("SIGKILL");
        assertThat(Signals.isAlive(group)).isFalse();
        assertThat(services.totals()).containsEntry("processes.killedAfterGrace", 1.0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "trap 'exit 0' TERM; echo up; while :; do sleep 0.02; done",
                "trap 'exit 7' TERM; echo up; while :; do sleep 0.02; done",
                "echo up; exec sleep 60",
                "trap '' TERM; echo up; while :; do sleep 0.02; done"
            })
    void aStopByItsUserIsAStopAndOneEndHoweverTheProcessEnds(String script) {
        // given one that a restart policy would start again
        RestartPolicy always = ServicesUnderTest.restarting(RestartPolicy.Mode.ALWAYS, 0);
        JobId id =
                services.startUp(with(always, with(SOON, shell("web", script)))).id();
        services.awaitLines(id, 1);

        // when
        ProcessView stopped = services.stop(id);

        // then
        assertThat(stopped.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(stopped.error()).isNull();
        assertThat(services.managers.storedProcesses.changes().stream()
                        .filter(ProcessChange.RunEnded.class::isInstance)
                        .map(ProcessChange.RunEnded.class::cast))
                .singleElement()
                .satisfies(end -> {
                    assertThat(end.process().id()).isEqualTo(id);
                    assertThat(end.next()).isEqualTo(ProcessState.STOPPED);
                    assertThat(end.restart()).isNull();
                });
    }

    @Test
    void aStopHarmsNobodyOutsideItsOwnTree() throws Exception {
        // given somebody else's process of the same name, and somebody else's server at the port it is asked for
        Path vite = Files.copy(Path.of("/bin/sleep"), shared.resolve("vite"));
        Process foreign = new ProcessBuilder(vite.toString(), "60").start();
        try (ServerSocket server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress())) {
            var ready = new Readiness.Tcp("127.0.0.1", server.getLocalPort());
            JobId id = services.startUp(with(ready, command("vite", vite.toString(), "60")))
                    .id();
            services.await(id, ProcessView::isReady);

            // when it is stopped the hard way, and everything else of the channel too
            services.signal(id, "KILL");
            services.await(id, view -> view.state().isEnded());
            services.restart(id);
            services.ofHandler().cleanUp().toCompletableFuture().get(30, TimeUnit.SECONDS);

            // then
            assertThat(services.list()).isEmpty();
            assertThat(foreign.isAlive()).isTrue();
            try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
                assertThat(socket.isConnected()).isTrue();
            }
        } finally {
            foreign.destroyForcibly().waitFor();
        }
    }

    @Test
    void aStopThatTakesLongerThanItsCallerWaitsGoesOn() {
        // given
        JobId id = services.startUp(with(SOON, shell("slow", "trap '' TERM; echo up; while :; do sleep 0.05; done")))
                .id();
        services.awaitLines(id, 1);

        // when
        ProcessView view = services.stop(id, Duration.ofMillis(1));

        // then
        assertThat(view.state()).isEqualTo(ProcessState.STOPPING);
        assertThat(services.await(id, now -> now.state().isEnded()).state()).isEqualTo(ProcessState.STOPPED);
    }

    @Test
    void aSignalReachesTheGroupAndAnEndByItIsNoFailure() {
        // given
        JobId id = services.startUp(shell("web", "trap 'echo got USR1' USR1; echo up; while :; do sleep 0.05; done"))
                .id();
        services.awaitLines(id, 1);

        // when
        services.signal(id, "USR1");

        // then
        services.awaitLine(id, "got USR1");
        services.signal(id, "KILL");
        assertThat(services.await(id, now -> now.state().isEnded()).state()).isEqualTo(ProcessState.STOPPED);
    }

    @Test
    @Proves({"B-40", "B-41"})
    void aRestartEndsTheRunAndBeginsAnotherOfTheSameProcess() {
        // given
        ProcessView first = services.startUp(shell("web", "echo run $MILLRACE_ATTEMPT; exec sleep 60"));
        services.awaitLines(first.id(), 1);

        // when
        ProcessView second = services.restart(first.id());

        // then
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.spec().name()).isEqualTo(first.spec().name());
        assertThat(second.run()).isEqualTo(2);
        assertThat(second.state()).isEqualTo(ProcessState.RUNNING);
        assertThat(second.pid()).isNotEqualTo(first.pid());
        assertThat(services.awaitLines(first.id(), 2)).containsExactly("run 1", "run 2");
    }
}
