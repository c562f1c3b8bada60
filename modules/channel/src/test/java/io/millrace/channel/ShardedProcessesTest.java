package io.millrace.channel;

import static io.millrace.channel.RunningProcesses.script;
import static io.millrace.channel.RunningProcesses.shell;
import static io.millrace.channel.RunningProcesses.sleeping;
import static io.millrace.channel.RunningProcesses.waiting;
import static io.millrace.channel.fixture.Callers.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.channel.Channels.IdempotencyKey;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogQuery;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Services from the facade down to the journal and the operating system. */
class ShardedProcessesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    static Path data;

    private static RunningProcesses running;
    private static int channelsUsed;

    private ChannelName channel = ChannelName.DEFAULT;
    private ChannelProcesses processes;

    @BeforeAll
    static void startNode() {
        running = new RunningProcesses(data);
    }

    @AfterAll
    static void stopNode() {
        running.close();
    }

    @BeforeEach
    void createChannel() throws Exception {
        processes = running.processes();
        channel = new ChannelName("served-" + ++channelsUsed);
        await(running.channels.put(channel, ChannelSpec.DEFAULT));
    }

    @AfterEach
    void endProcesses() throws Exception {
        running.removeAll(channel);
    }

    @Test
    void processIsRegisteredOnceAndTheSameKeyGivesItAgain() throws Exception {
        var key = new IdempotencyKey("key", "hash");

        var first = await(processes.start(channel, waiting("web"), key));
        var second = await(processes.start(channel, waiting("web"), key));

        assertThat(first.isReplayed()).isFalse();
        assertThat(second.isReplayed()).isTrue();
        assertThat(second.process().id()).isEqualTo(first.process().id());
        assertThat(refusal(processes.start(channel, waiting("web"), null)).code())
                .isEqualTo(ErrorCode.ALREADY_EXISTS);
    }

    @Test
    void processIsShownByItsNameAndByItsId() throws Exception {
        ProcessView started = started(waiting("web"));

        assertThat(await(processes.show(channel, "web")).id()).isEqualTo(started.id());
        assertThat(await(processes.show(channel, started.id().toString()))
                        .spec()
                        .name())
                .isEqualTo(new ProcessName("web"));
        assertThat(refusal(processes.show(channel, "wbe")).code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void manyProcessesAreListedOldestFirst() throws Exception {
        List<JobId> registered = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            registered.add(started(waiting("p" + i)).id());
        }

        assertThat(await(processes.list(channel))).extracting(ProcessView::id).containsExactlyElementsOf(registered);
    }

    @Test
    void processRunsAgainUnderTheSameIdAndIsStopped() throws Exception {
        ProcessView started = started(sleeping("web"));

        ProcessView restarted = await(processes.restart(channel, "web", PATIENCE));
        ProcessView stopped = await(processes.stop(channel, "web", PATIENCE));
        ProcessView again = await(processes.stop(channel, "web", PATIENCE));

        assertThat(restarted.id()).isEqualTo(started.id());
        assertThat(restarted.state()).isEqualTo(ProcessState.RUNNING);
        assertThat(restarted.pid()).isNotNull();
        assertThat(stopped.state()).isEqualTo(ProcessState.STOPPED);
        assertThat(stopped.signal()).isEqualTo("SIGTERM");
        assertThat(again).isEqualTo(stopped);
    }

    @Test
    void signalIsSentToWhatRunsOnly() throws Exception {
        started(shell("web", "trap 'echo reloaded' HUP; while :; do sleep 0.05; done"));
        await(processes.restart(channel, "web", PATIENCE));

        ProcessView signalled = await(processes.signal(channel, "web", "HUP"));
        await(processes.stop(channel, "web", PATIENCE));

        assertThat(signalled.isRunning()).isTrue();
        assertThat(refusal(processes.signal(channel, "web", "HUP")).code()).isEqualTo(ErrorCode.INVALID_STATE);
    }

    @Test
    void removedProcessIsGoneAndItsNameIsFree() throws Exception {
        started(sleeping("web"));

        assertThat(await(processes.remove(channel, "web", PATIENCE))).isTrue();
        assertThat(refusal(processes.remove(channel, "web", PATIENCE)).code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(started(waiting("web")).state()).isEqualTo(ProcessState.PENDING);
    }

    @Test
    void linesOfAProcessAreRemovedAndThoseOfOthersStay() throws Exception {
        ProcessView loud = started(shell("loud", "echo noise"));
        ProcessView quiet = started(shell("quiet", "echo hush"));
        linesToTheEnd(loud.id());
        linesToTheEnd(quiet.id());

        long bytes = await(running.channels.removeLogs(channel, loud.id()));

        assertThat(bytes).isPositive();
        assertThat(linesToTheEnd(loud.id()).lines()).isEmpty();
        assertThat(linesToTheEnd(quiet.id()).lines())
                .extracting(LogLine::content)
                .containsExactly("hush");
        assertThat(await(running.channels.removeLogs(channel, null))).isPositive();
        assertThat(linesToTheEnd(quiet.id()).lines()).isEmpty();
    }

    @Test
    void linesOfAProcessAreReadWithItsNameUntilItHasEnded() throws Exception {
        ProcessView started = started(shell("talker", "echo hello; echo problem >&2"));

        LogPage page = linesToTheEnd(started.id());

        assertThat(page.isComplete()).isTrue();
        assertThat(page.lines()).extracting(LogLine::content).containsExactlyInAnyOrder("hello", "problem");
        assertThat(page.lines()).extracting(LogLine::processName).containsOnly(new ProcessName("talker"));
        assertThat(page.lines()).extracting(LogLine::job).containsOnly(started.id());
        assertThat(refusal(running.channels.logs(query(new JobId(1, 1)), Duration.ZERO))
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    @Proves("B-30")
    void scriptOfADirectoryIsStartedByItsNameAndOneThatIsNotThereIsRefused() throws Exception {
        Path project = Files.createDirectory(data.resolve(channel.value()));
        Files.writeString(project.resolve("package.json"), "{\"scripts\":{\"build\":\"true\",\"test\":\"true\"}}");

        List<ScriptView> scripts =
                await(processes.scripts(channel, project.toString())).scripts();
        ProcessView build = started(script("build", project));
        ProcessView test = started(script("test", project));
        Problem unknown = refusal(processes.start(channel, script("biuld", project), null));

        assertThat(scripts).extracting(ScriptView::name).contains("build", "test");
        assertThat(build.id()).isNotEqualTo(test.id());
        assertThat(build.spec().command()).isEqualTo(scripts.getFirst().command());
        assertThat(unknown.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(unknown.detail()).contains("'biuld'", "build");
        assertThat(await(processes.list(channel)))
                .extracting(view -> view.spec().name().value())
                .containsExactly("build", "test");
    }

    @Test
    void listOfScriptsSaysWhatCouldNotBeRead() throws Exception {
        Path project = Files.createDirectory(data.resolve(channel.value()));
        Files.writeString(project.resolve("package.json"), "{\"scripts\":");
        Files.writeString(project.resolve("Makefile"), "all:\n\ttrue\n");

        ScriptListing listing = await(processes.scripts(channel, project.toString()));

        assertThat(listing.scripts()).extracting(ScriptView::name).containsExactly("all");
        assertThat(listing.warnings()).singleElement().asString().contains("package.json");
    }

    @Test
    void directoryThatDoesNotExistHasNoScripts() {
        assertThat(refusal(processes.scripts(channel, data.resolve("nowhere").toString()))
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void numbersOfTheChannelAreShown() throws Exception {
        started(waiting("web"));

        assertThat(await(processes.metrics(channel)))
                .containsEntry("processes.registered", 1.0)
                .containsEntry("processes.running", 0.0);
    }

    @Test
    void channelThatDoesNotExistIsNotWoken() {
        ChannelName nowhere = new ChannelName("nowhere");

        assertThat(refusal(processes.list(nowhere)).code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(refusal(processes.start(nowhere, waiting("web"), null)).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    private ProcessView started(ProcessSpec spec) throws Exception {
        return await(processes.start(channel, spec, null)).process();
    }

    /** Every line of a process, read by waiting for more until none can come. */
    private LogPage linesToTheEnd(JobId process) throws Exception {
        List<LogLine> lines = new ArrayList<>();
        LogQuery query = query(process);
        LogPage page;
        do {
            page = await(running.channels.logs(query, PATIENCE));
            lines.addAll(page.lines());
            query = query.after(page.nextAfter());
        } while (!page.isComplete());
        return new LogPage(lines, page.nextAfter(), page.missed(), true, true);
    }

    private LogQuery query(JobId process) {
        return new LogQuery(channel, null, process, 0, null, null, null, null, null, 100);
    }

    private static Problem refusal(CompletionStage<?> answer) {
        var failure = catchThrowableOfType(ExecutionException.class, () -> await(answer));
        return ((MillraceException) Objects.requireNonNull(failure.getCause())).problem();
    }
}
