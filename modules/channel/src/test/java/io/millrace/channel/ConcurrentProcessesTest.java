package io.millrace.channel;

import static io.millrace.channel.RunningProcesses.sleeping;
import static io.millrace.channel.fixture.Callers.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.Callers;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many callers who start, stop, look at and remove services of one channel at the same time, with real processes. */
class ConcurrentProcessesTest {
    private static final ChannelName BUILD = new ChannelName("build");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int CALLERS = 20;
    private static final int STARTS = 100;
    private static final int STARTS_OF_ONE_NAME = 1_000;
    private static final int LOOKS = 200;

    @TempDir
    Path data;

    private RunningProcesses running;
    private ChannelProcesses processes;

    @BeforeEach
    void createChannel() throws Exception {
        running = new RunningProcesses(data);
        processes = running.processes();
        await(running.channels.put(BUILD, ChannelSpec.DEFAULT));
    }

    @AfterEach
    void stop() throws Exception {
        running.removeAll(BUILD);
        running.close();
    }

    @Test
    @Proves({"G-66", "B-33"})
    void manyStartsGiveEachItsOwnProcess() throws Exception {
        // when
        List<JobId> ids = Callers.values(
                STARTS,
                JobId.class,
                number -> () -> await(processes.start(BUILD, RunningProcesses.waiting("p" + number), null))
                        .process()
                        .id());

        // then
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(await(processes.list(BUILD))).extracting(ProcessView::id).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    @Proves("B-33")
    void aThousandStartsOfOneNameGiveOneProcessAndEachCallerAnAnswer() throws Exception {
        // when
        List<String> answers = Callers.values(
                STARTS_OF_ONE_NAME, String.class, number -> () -> startedOrRefused(RunningProcesses.waiting("web")));

        // then
        List<ProcessView> all = await(processes.list(BUILD));
        assertThat(all).hasSize(1);
        assertThat(answers).hasSize(STARTS_OF_ONE_NAME);
        assertThat(answers.stream().filter(all.getFirst().id().toString()::equals))
                .hasSize(1);
        assertThat(answers.stream().filter(ErrorCode.ALREADY_EXISTS.name()::equals))
                .hasSize(STARTS_OF_ONE_NAME - 1);
    }

    private String startedOrRefused(ProcessSpec spec) throws Exception {
        return processes
                .start(BUILD, spec, null)
                .thenApply(registered -> registered.process().id().toString())
                .exceptionally(ConcurrentProcessesTest::codeOf)
                .toCompletableFuture()
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static String codeOf(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof MillraceException refused
                ? refused.problem().code().name()
                : String.valueOf(cause);
    }

    @Test
    @Proves("G-66")
    void everyCallerStopsAndRemovesItsOwnProcess() throws Exception {
        // when
        List<ProcessState> ended = Callers.values(CALLERS, ProcessState.class, number -> () -> useProcess(number));

        // then
        assertThat(ended).containsOnly(ProcessState.STOPPED);
        assertThat(await(processes.list(BUILD))).isEmpty();
    }

    @Test
    @Proves({"G-66", "B-35", "B-36", "B-42"})
    void whoLooksSeesOneMomentWhileItIsRestarted() throws Exception {
        // given
        await(processes.start(BUILD, sleeping("web"), null));
        await(processes.start(BUILD, sleeping("worker"), null));

        // when one caller stops and restarts it and the others look
        List<Boolean> looks = Callers.values(CALLERS, Boolean.class, number -> () -> number == 0 ? change() : look());

        // then
        assertThat(looks).containsOnly(true);
    }

    private ProcessState useProcess(int number) throws Exception {
        String name = "p" + number;
        await(processes.start(BUILD, sleeping(name), null));
        ProcessState ended = await(processes.stop(BUILD, name, PATIENCE)).state();
        assertThat(await(processes.remove(BUILD, name, PATIENCE))).isTrue();
        return ended;
    }

    private boolean change() throws Exception {
        for (int i = 0; i < CALLERS; i++) {
            await(processes.stop(BUILD, "web", PATIENCE));
            await(processes.restart(BUILD, "web", PATIENCE));
        }
        return true;
    }

    private boolean look() throws Exception {
        for (int i = 0; i < LOOKS; i++) {
            requireOneMoment(await(processes.show(BUILD, "web")));
            List<ProcessView> all = await(processes.list(BUILD));
            assertThat(all).hasSize(2).allSatisfy(ConcurrentProcessesTest::requireOneMoment);
        }
        return true;
    }

    /** What of one state does not go with another. */
    private static void requireOneMoment(ProcessView process) {
        ProcessState state = process.state();
        assertThat(process.pid() != null).as("pid: %s", process).isEqualTo(isAlive(process));
        assertThat(process.endedAt() != null).as("end: %s", process).isEqualTo(state.isEnded());
        if (!state.isEnded()) {
            assertThat(process.exitCode()).as("exit code: %s", process).isNull();
        }
        if (process.isReady()) {
            assertThat(state).as("ready: %s", process).isEqualTo(ProcessState.RUNNING);
        }
        if (state == ProcessState.STOPPED && process.run() > 0 && process.exitCode() == null) {
            assertThat(process.signal()).as("signal: %s", process).isNotNull();
        }
    }

    private static boolean isAlive(ProcessView process) {
        return process.isRunning() || (process.state() == ProcessState.STOPPING && process.pid() != null);
    }
}
