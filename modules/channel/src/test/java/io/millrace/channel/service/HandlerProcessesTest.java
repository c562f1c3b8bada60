package io.millrace.channel.service;

import static io.millrace.channel.service.ServicesUnderTest.command;
import static io.millrace.channel.service.ServicesUnderTest.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Proves;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a handler sees of the services of its channel. */
class HandlerProcessesTest {
    private static final ActorTestKit KIT = ActorTestKit.create("handler-processes");

    @TempDir
    Path data;

    @TempDir
    Path project;

    private ServicesUnderTest services;
    private HandlerProcesses processes;

    @BeforeEach
    void startManagers() {
        services = new ServicesUnderTest(KIT, data);
        processes = services.ofHandler();
    }

    @AfterEach
    void stopManagers() {
        services.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    // Processes

    @Test
    void aCommandIsStartedShownListedStoppedAndStartedAgain() {
        // when
        ProcessView started = get(processes.startCommand(shell("web", "exec sleep 60")));

        // then
        assertThat(started.state()).isEqualTo(ProcessState.RUNNING);
        assertThat(get(processes.show(started.id()))).contains(started);
        assertThat(get(processes.list())).containsExactly(started);
        assertThat(get(processes.stop(started.id())).state()).isEqualTo(ProcessState.STOPPED);
        assertThat(get(processes.restart(started.id())).run()).isEqualTo(2);
        assertThat(get(processes.show(new JobId(1, 1)))).isEmpty();
    }

    @Test
    @Proves("B-30")
    void aScriptIsStartedByItsNameAndAnUnknownOneIsRefused() throws IOException {
        // given
        Files.writeString(project.resolve("package.json"), "{\"scripts\":{\"dev\":\"echo hello\"}}");

        // when
        ProcessView started = get(processes.startScript("dev", project.toString(), command("web")));

        // then it is known what it stands for
        assertThat(started.spec().script()).isEqualTo("dev");
        assertThat(started.spec().command()).contains("run", "dev");
        assertThat(started.spec().directory()).isEqualTo(project.toString());

        // when, then
        ProcessSpec other = command("other");
        assertThatThrownBy(() -> get(processes.startScript("build", project.toString(), other)))
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThat(get(processes.list())).hasSize(1);
    }

    @Test
    @Proves("B-39")
    void cleanUpStopsAndRemovesEverythingAndAskingAgainIsNoError() {
        // given
        List<ProcessView> started = IntStream.range(0, 3)
                .mapToObj(i -> get(processes.startCommand(shell("p" + i, "sleep 60 & sleep 60"))))
                .toList();

        // when
        int removed = get(processes.cleanUp());

        // then no process of them lives
        assertThat(removed).isEqualTo(3);
        assertThat(get(processes.list())).isEmpty();
        assertThat(started)
                .extracting(ProcessView::pid)
                .noneMatch(pid -> pid != null && ProcessHandle.of(pid).isPresent());
        assertThat(services.managers.processes()).isEmpty();
        assertThat(get(processes.cleanUp())).isZero();
    }

    @Test
    void nothingCanBeDoneWhenTheAttemptIsOverButProcessesGoOn() {
        // given
        JobId id = get(processes.startCommand(shell("web", "exec sleep 60"))).id();

        // when
        processes.close();

        // then
        assertThatThrownBy(() -> get(processes.stop(id)))
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo(ErrorCode.INVALID_STATE));
        assertThat(services.show(id).isRunning()).isTrue();
    }

    // Listeners

    @Test
    @Proves("B-37")
    void aListenerHearsEveryLineOfProcessesThatAreStartedAfterwards() {
        // given a process that was started before
        JobId before = get(processes.startCommand(
                        shell("before", "echo early; while :; do echo again; sleep 0.05; done")))
                .id();
        services.awaitLines(before, 1);
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        get(processes.addListener((process, line, isError) -> heard.add(process + (isError ? " ! " : " ") + line)));

        // when
        JobId one = get(processes.startCommand(
                        shell("one", "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; printf 'no end'")))
                .id();
        JobId two = get(processes.startCommand(shell("two", "echo problem >&2; echo fine")))
                .id();
        services.await(one, view -> view.state().isEnded());
        services.await(two, view -> view.state().isEnded());

        // then it hears as many lines as were stored, and those of each stream in order
        Awaitility.await().atMost(ServicesUnderTest.PATIENCE).until(() -> heard.size() >= 2_003);
        assertThat(heard).hasSize(2_003);
        assertThat(heard.stream().filter(line -> line.startsWith(one.toString())))
                .containsExactlyElementsOf(services.lines(one).stream()
                        .map(line -> one + " " + line)
                        .toList());
        assertThat(heard).contains(two + " ! problem", two + " fine").noneMatch(line -> line.contains("again"));
    }

    @Test
    @Proves("B-38")
    void aListenerIsSilentOnceItsRemovalIsAcknowledged() {
        // given one that hears a process that never stops writing
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        var wasRemoved = new AtomicBoolean();
        var heardLater = new AtomicBoolean();
        long listener = get(processes.addListener((_, line, _) -> {
            heardLater.compareAndSet(false, wasRemoved.get());
            heard.add(line);
        }));
        JobId chatty = get(processes.startCommand(shell("chatty", "while :; do echo word; done")))
                .id();
        Awaitility.await().atMost(ServicesUnderTest.PATIENCE).until(() -> heard.size() > 100);

        // when
        boolean wasThere = get(processes.removeListener(listener));
        wasRemoved.set(true);
        int heardBefore = heard.size();
        services.awaitLines(chatty, services.lines(chatty).size() + 100);

        // then
        assertThat(wasThere).isTrue();
        assertThat(heardLater).isFalse();
        assertThat(heard).hasSize(heardBefore);
        assertThat(get(processes.removeListener(listener))).isFalse();
    }

    @Test
    @Proves("B-48")
    void aListenerThatFailsHarmsNobody() {
        // given
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        get(processes.addListener((_, _, _) -> {
            throw new IllegalStateException("a defect of the user's code");
        }));
        get(processes.addListener((_, line, _) -> heard.add(line)));

        // when
        JobId id =
                get(processes.startCommand(shell("web", "echo one; echo two"))).id();
        services.await(id, view -> view.state() == ProcessState.SUCCESS);

        // then
        Awaitility.await().atMost(ServicesUnderTest.PATIENCE).until(() -> heard.size() == 2);
        assertThat(services.lines(id)).containsExactly("one", "two");
        Awaitility.await()
                .atMost(ServicesUnderTest.PATIENCE)
                .untilAsserted(() -> assertThat(services.totals()).containsEntry("processes.listenerFailures", 2.0));
    }

    @Test
    void listenersEndWithTheAttemptThatHasAddedThem() {
        // given two attempts that listen
        HandlerProcesses other = services.ofHandler();
        Queue<String> heard = new ConcurrentLinkedQueue<>();
        Queue<String> heardByOther = new ConcurrentLinkedQueue<>();
        get(processes.addListener((_, line, _) -> heard.add(line)));
        get(other.addListener((_, line, _) -> heardByOther.add(line)));

        // when
        processes.close();
        JobId id = get(other.startCommand(shell("web", "echo one"))).id();
        services.await(id, view -> view.state().isEnded());

        // then
        Awaitility.await().atMost(ServicesUnderTest.PATIENCE).until(() -> heardByOther.size() == 1);
        assertThat(heard).isEmpty();
        assertThat(services.totals()).containsEntry("processes.listeners", 1.0);
    }

    // Snapshots

    @Test
    @Proves({"B-35", "B-36", "B-42"})
    void whatIsShownIsAlwaysOfOneMoment() throws Exception {
        // given somebody who looks at everything all the time
        var isOver = new AtomicBoolean();
        try (ExecutorService lookers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> looking = IntStream.range(0, 4)
                    .mapToObj(_ -> lookers.submit(() -> look(processes, isOver)))
                    .toList();

            // when processes come and go
            for (int i = 0; i < 40; i++) {
                ProcessView view = get(processes.startCommand(shell("p" + i, "exit " + i % 3)));
                if (i % 4 == 0) {
                    get(processes.restart(view.id()));
                }
            }
            isOver.set(true);

            // then nobody has seen a mixture
            for (Future<Integer> each : looking) {
                assertThat(each.get(30, TimeUnit.SECONDS)).isPositive();
            }
        }
    }

    private static int look(Processes processes, AtomicBoolean isOver) {
        int seen = 0;
        while (!isOver.get() || seen == 0) {
            List<ProcessView> views = get(processes.list());
            assertThat(views).extracting(view -> view.spec().name()).doesNotHaveDuplicates();
            views.forEach(HandlerProcessesTest::isOfOneMoment);
            seen += views.size();
        }
        return seen;
    }

    private static void isOfOneMoment(ProcessView view) {
        boolean hasEnded = view.state().isEnded();
        assertThat(view.endedAt() != null).as("%s", view).isEqualTo(hasEnded);
        assertThat(view.exitCode() == null || hasEnded).as("%s", view).isTrue();
        assertThat(view.pid() == null || !hasEnded).as("%s", view).isTrue();
        assertThat(view.state() != ProcessState.RUNNING || view.pid() != null)
                .as("%s", view)
                .isTrue();
        assertThat(view.state() != ProcessState.SUCCESS || Integer.valueOf(0).equals(view.exitCode()))
                .as("%s", view)
                .isTrue();
        assertThat(view.state() != ProcessState.FAILED || view.error() != null)
                .as("%s", view)
                .isTrue();
    }

    private static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }
}
