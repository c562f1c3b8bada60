package io.millrace.channel.process;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.ChannelManagers.job;
import static io.millrace.channel.fixture.ChannelManagers.process;
import static io.millrace.channel.fixture.ChannelManagers.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogQuery;
import io.millrace.contracts.log.LogStream;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Process jobs from their start to their cleaned-up end, with real processes. */
class ProcessJobTest {
    private static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final ActorTestKit KIT = ActorTestKit.create();

    @TempDir
    Path directory;

    private ChannelManagers managers;

    @BeforeEach
    void start() {
        managers = ChannelManagers.with(KIT, directory.resolve("data"));
    }

    @AfterEach
    void stop() {
        managers.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    // How it ends

    @Test
    void outputIsDurableAndInOrderWhenTheJobHasEnded() {
        // when
        var attempt = managers.run(shell("for i in 1 2 3; do echo line $i; done; echo problem >&2"));
        var outcome = managers.outcome(attempt);

        // then
        assertThat(outcome).isEqualTo(AttemptOutcome.succeeded(0, null));
        var lines = managers.lines(attempt);
        assertThat(content(lines, LogStream.STDOUT)).containsExactly("line 1", "line 2", "line 3");
        assertThat(content(lines, LogStream.STDERR)).containsExactly("problem");
        assertThat(managers.services.logArchive().lastCursor(managers.channel))
                .isEqualTo(lines.getLast().cursor());
    }

    @Test
    void anExitCodeIsToldApartFromASignal() {
        // when
        var exited = managers.runToEnd(shell("exit 137"));
        var killed = managers.runToEnd(shell("kill -9 $$"));

        // then
        assertThat(exited.kind()).isEqualTo(Kind.FAILED);
        assertThat(exited.exitCode()).isEqualTo(137);
        assertThat(exited.signal()).isNull();
        assertThat(killed.kind()).isEqualTo(Kind.FAILED);
        assertThat(killed.exitCode()).isNull();
        assertThat(killed.signal()).isEqualTo("SIGKILL");
    }

    @Test
    void aFailureSaysWhatTheProcessSaid() {
        // when
        var outcome = managers.runToEnd(shell("exit 3"));

        // then
        assertThat(problem(outcome).detail()).contains("exit code 3");
        assertThat(problem(outcome).component()).isEqualTo("ProcessManager");
    }

    // What it is given

    @Test
    void theNodesEnvironmentIsNotInherited() {
        // given something the node has in its environment
        String inherited = System.getenv().keySet().stream()
                .filter(name -> !List.of("PATH", "HOME", "LANG", "TMPDIR", "PWD", "SHLVL", "_")
                        .contains(name))
                .findFirst()
                .orElseThrow();

        // when
        var attempt = managers.run(job(new Work.Process(List.of("env"), Map.of("MINE", "a b"), "", null)));
        managers.outcome(attempt);

        // then
        var variables = managers.text(attempt);
        assertThat(variables)
                .contains(
                        "MINE=a b",
                        "MILLRACE_CHANNEL=" + managers.channel,
                        "MILLRACE_JOB_ID=" + attempt.job(),
                        "MILLRACE_ATTEMPT=1",
                        "MILLRACE_FENCING_TOKEN=" + attempt.epoch())
                .noneMatch(variable -> variable.startsWith(inherited + "="));
        assertThat(variables)
                .extracting(variable -> variable.substring(0, variable.indexOf('=')))
                .containsExactlyInAnyOrder(
                        "PATH",
                        "HOME",
                        "TMPDIR",
                        "LANG",
                        "MINE",
                        "MILLRACE_CHANNEL",
                        "MILLRACE_JOB_ID",
                        "MILLRACE_ATTEMPT",
                        "MILLRACE_FENCING_TOKEN",
                        "MILLRACE_RUN");
    }

    @Test
    void traceOfTheSubmissionIsInTheEnvironmentUnlessTheJobSetsIt() {
        // when
        var inherited = managers.run(shell("echo $TRACEPARENT").withTraceparent(TRACEPARENT));
        var set = managers.run(
                job(new Work.Process(List.of("sh", "-c", "echo $TRACEPARENT"), Map.of("TRACEPARENT", "mine"), "", null))
                        .withTraceparent(TRACEPARENT));
        managers.outcome(inherited);
        managers.outcome(set);

        // then
        assertThat(managers.text(inherited)).containsExactly(TRACEPARENT);
        assertThat(managers.text(set)).containsExactly("mine");
    }

    @Test
    void fencingCannotBeOverridden() {
        // when
        var attempt = managers.run(job(new Work.Process(
                List.of("sh", "-c", "echo $MILLRACE_FENCING_TOKEN"),
                Map.of("MILLRACE_FENCING_TOKEN", "999"),
                "",
                null)));
        managers.outcome(attempt);

        // then
        assertThat(managers.text(attempt)).containsExactly(Long.toString(attempt.epoch()));
    }

    @Test
    void standardInputIsGivenWholeAndEnds() {
        // given more than a pipe holds
        String input = "some words here\n".repeat(16_000);

        // when
        var attempt = managers.run(job(new Work.Process(List.of("wc", "-l"), Map.of(), input, null)));
        managers.outcome(attempt);

        // then
        assertThat(managers.text(attempt)).containsExactly("16000");
    }

    @Test
    void aJobThatAsksForATerminalHasOneAndItsStreamsAreOne() {
        // given
        var work = new Work.Process(
                List.of("sh", "-c", "test -t 0 && test -t 1 && test -t 2 && stty size; echo failed >&2"),
                Map.of(),
                "",
                null,
                null,
                true,
                false);

        // when
        var attempt = managers.run(job(work));
        managers.outcome(attempt);

        // then
        assertThat(managers.lines(attempt))
                .extracting(LogLine::content, LogLine::stream)
                .containsExactly(tuple("24 80", LogStream.STDOUT), tuple("failed", LogStream.STDOUT));
    }

    @ParameterizedTest
    @CsvSource({"true, red", "false, '\u001b[31mred\u001b[0m'"})
    void coloursAreTakenOutOfTheOutputOfAJobThatAsksForThat(boolean stripsAnsi, String expected) {
        // given
        var work = new Work.Process(
                List.of("printf", "\\033[31mred\\033[0m\\n"), Map.of(), "", null, null, false, stripsAnsi);

        // when
        var attempt = managers.run(job(work));
        managers.outcome(attempt);

        // then
        assertThat(managers.text(attempt)).containsExactly(expected);
    }

    @Test
    void withoutInputStandardInputIsEmpty() {
        // when
        var attempt = managers.run(process("cat"));

        // then it does not wait for any
        assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.SUCCEEDED);
    }

    @Test
    void onlyTheThreeStandardDescriptorsAreOpen() {
        // when
        var attempt = managers.run(process("ls", "/proc/self/fd"));
        managers.outcome(attempt);

        // then the fourth is the listing's own
        assertThat(managers.text(attempt)).containsExactly("0", "1", "2", "3");
    }

    @Test
    void itRunsInADirectoryOfItsOwnThatIsGoneAfterwards() throws IOException {
        // given something outside that a link inside points to
        var outside = Files.writeString(directory.resolve("outside.txt"), "keep me");

        // when
        var attempt = managers.run(shell("pwd; stat -c %a .; mkdir -p a/b && echo x > a/b/c && chmod 000 a/b; ln -s "
                + outside + " link; ln -s " + directory + " linked-directory"));
        managers.outcome(attempt);

        // then
        var lines = managers.text(attempt);
        assertThat(Path.of(lines.getFirst()).getFileName()).hasToString(attempt.toString());
        assertThat(lines.get(1)).isEqualTo("700");
        assertThat(Path.of(lines.getFirst())).doesNotExist();
        assertThat(outside).hasContent("keep me");
    }

    @Test
    void aLaterAttemptFindsItsDirectoryEmpty() {
        // given
        managers.runToEnd(shell("touch left-behind .hidden"));

        // when
        var attempt = managers.run(process("ls", "-A"));
        managers.outcome(attempt);

        // then
        assertThat(managers.text(attempt)).isEmpty();
    }

    @Test
    void aNamedWorkingDirectoryIsUsedAndKept() throws IOException {
        // given
        var named = Files.createDirectory(directory.resolve("mine"));

        // when
        var attempt = managers.run(
                job(new Work.Process(List.of("sh", "-c", "pwd > here.txt"), Map.of(), "", named.toString())));
        managers.outcome(attempt);

        // then
        assertThat(named.resolve("here.txt")).hasContent(named.toString());
    }

    // What cannot be started

    @Test
    void aCommandThatIsNotFoundFailsForGoodAndKeepsTheNodesOwnPathToItself() {
        // when
        var outcome = managers.runToEnd(process("no-such-command-anywhere"));

        // then
        assertRefused(outcome, "'no-such-command-anywhere' was not found in the PATH of the node", "Install it");
        assertThat(problem(outcome).detail()).doesNotContain(System.getenv("PATH"));
    }

    @Test
    void aCommandThatIsNotFoundInTheJobsOwnPathNamesThatPath() {
        // when
        var outcome = managers.runToEnd(job(
                new Work.Process(List.of("no-such-command-anywhere"), Map.of("PATH", directory.toString()), "", null)));

        // then
        assertRefused(outcome, "was not found in PATH (" + directory + ")", "Install it");
    }

    @Test
    void theJobsOwnPathIsSearched() throws IOException {
        // given
        var script = Files.writeString(directory.resolve("hello"), "#!/bin/sh\necho hello\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));

        // when
        var attempt =
                managers.run(job(new Work.Process(List.of("hello"), Map.of("PATH", directory.toString()), "", null)));
        managers.outcome(attempt);

        // then
        assertThat(managers.text(attempt)).containsExactly("hello");
    }

    @Test
    void aCommandThatIsNotExecutableFailsForGood() throws IOException {
        // given
        var script = Files.writeString(directory.resolve("script"), "echo hello\n");

        // when, then
        assertRefused(managers.runToEnd(process(script.toString())), "is not executable", "chmod +x");
        assertRefused(
                managers.runToEnd(
                        job(new Work.Process(List.of("script"), Map.of("PATH", directory.toString()), "", null))),
                "is not executable",
                "chmod +x");
    }

    @Test
    void aFileThatIsNoProgramFailsForGood() throws IOException {
        // given
        var file = Files.writeString(directory.resolve("data.txt"), "just text\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));

        // when, then
        assertRefused(managers.runToEnd(process(file.toString())), "is no program", "interpreter");
    }

    @Test
    void aDirectoryAsCommandFailsForGood() {
        // when, then
        assertRefused(managers.runToEnd(process(directory.toString())), "is a directory", "Name a program");
    }

    @Test
    void aMissingWorkingDirectoryFailsForGood() {
        // given
        String missing = directory.resolve("missing").toString();

        // when
        var outcome = managers.runToEnd(job(new Work.Process(List.of("true"), Map.of(), "", missing)));

        // then
        assertRefused(outcome, "'" + missing + "' does not exist", "Create it");
    }

    @Test
    void aRelativeWorkingDirectoryFailsForGood() {
        // when, then
        assertRefused(
                managers.runToEnd(job(new Work.Process(List.of("true"), Map.of(), "", "some/where"))),
                "is relative",
                "absolute path");
    }

    @Test
    void aRefusedStartLeavesNothingBehind() {
        // when
        var attempt = managers.run(process("no-such-command-anywhere"));
        managers.outcome(attempt);

        // then
        assertThat(managers.services.processes().workDirectories().exists(managers.channel, attempt))
                .isFalse();
        assertThat(managers.processes()).isEmpty();
        assertThat(managers.resources()).allMatch(type -> type.inUse() == 0);
    }

    // What it writes

    @Test
    void outputWithoutLineEndIsKept() {
        // when
        var attempt = managers.run(process("printf", "no end"));
        managers.outcome(attempt);

        // then
        assertThat(managers.lines(attempt))
                .singleElement()
                .matches(line -> line.content().equals("no end") && line.isPartial());
    }

    @Test
    void binaryOutputDoesNoHarm() {
        // when
        var attempt = managers.run(shell("head -c 100000 /dev/urandom"));
        var outcome = managers.outcome(attempt);

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.SUCCEEDED);
        assertThat(managers.lines(attempt)).isNotEmpty();
    }

    @Test
    void aLineOfTenMegabytesIsKeptInPieces() {
        // when
        var attempt = managers.run(shell("head -c 10000000 /dev/zero | tr '\\0' x; echo"));
        managers.outcome(attempt);

        // then
        var lines = managers.lines(attempt);
        assertThat(lines.stream().mapToLong(line -> line.content().length()).sum())
                .isEqualTo(10_000_000);
        assertThat(lines).allMatch(line -> line.content().length() <= Limits.LOG_LINE_BYTES_MAX);
    }

    @Test
    void outputWithoutEndIsCutInTheMiddleAndSaysSo() {
        // when 200 MB are written
        var attempt =
                managers.run(shell("yes 'a line of fifty bytes, so that many are needed...' | head -c 200000000"));
        var outcome = managers.outcome(attempt);

        // then what is stored is bounded, and the gap is named
        assertThat(outcome.kind()).isEqualTo(Kind.SUCCEEDED);
        long stored =
                managers.services.logArchive().read(managers.channel, attempt.job(), 0, Integer.MAX_VALUE).stream()
                        .mapToLong(block -> block.lines().length)
                        .sum();
        assertThat(stored).isLessThan((Limits.LOG_HEAD_BYTES_MAX + Limits.LOG_TAIL_BYTES_MAX) * 11 / 10);
        assertThat(content(managers.lines(attempt), LogStream.SYSTEM))
                .hasSize(2)
                .last()
                .asString()
                .contains("bytes of output are missing here");
    }

    // Its descendants

    @Test
    void childrenThatOutliveTheirParentAreKilled() {
        // given a job that leaves a child with its pipes behind
        var attempt = managers.run(shell("sleep 300 & echo $!; exit 0"));

        // when
        var outcome = managers.outcome(attempt);

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.SUCCEEDED);
        assertThat(isAlive(pid(managers.text(attempt).getFirst()))).isFalse();
    }

    @Test
    void aDescendantThatLeftTheGroupIsKilledToo() {
        // given a descendant in a session of its own that keeps the pipes open
        var attempt = managers.run(shell("setsid sh -c 'echo $$; sleep 300' & sleep 0.2; exit 0"));

        // when
        var outcome = managers.outcome(attempt);

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.SUCCEEDED);
        assertThat(isAlive(pid(managers.text(attempt).getFirst()))).isFalse();
    }

    @Test
    void theTimeLimitKillsTheWholeTree() {
        // given a tree whose members all ignore SIGTERM but the leader's shell
        var attempt = managers.run(
                shell("(trap '' TERM; sleep 300 & echo $!; wait) & sleep 300 & echo $!; wait"), Duration.ofMillis(500));

        // when
        var outcome = managers.outcome(attempt);

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.TIMED_OUT);
        assertThat(problem(outcome).code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(problem(outcome).detail()).contains("500 ms");
        assertThat(managers.text(attempt)).hasSize(2).noneMatch(pid -> isAlive(pid(pid)));
    }

    @Test
    void cancellingKillsTheWholeTree() {
        // given
        var attempt = managers.run(shell("sleep 300 & echo $!; sleep 300 & echo $!; wait"));
        var pids = awaitLines(attempt, 2);

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));
        var outcome = managers.outcome(attempt);

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(outcome.signal()).isEqualTo("SIGTERM");
        assertThat(pids).noneMatch(pid -> isAlive(pid(pid)));
    }

    @Test
    void aProcessThatIgnoresThePoliteSignalIsKilled() {
        // given
        var attempt = managers.run(shell("trap '' TERM; echo ready; while true; do sleep 1; done"));
        awaitLines(attempt, 1);

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));
        var outcome = managers.outcome(attempt);

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(outcome.signal()).isEqualTo("SIGKILL");
    }

    @Test
    @Proves("T-30")
    void aProcessMayUseItsGraceToCleanUp() {
        // given
        var attempt = managers.run(shell("trap 'echo bye; exit 7' TERM; echo ready; while true; do sleep 0.1; done"));
        awaitLines(attempt, 1);

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));
        var outcome = managers.outcome(attempt);

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.CANCELLED);
        assertThat(outcome.exitCode()).isEqualTo(7);
        assertThat(content(managers.lines(attempt), LogStream.STDOUT)).containsExactly("ready", "bye");
    }

    @Test
    void aThousandProcessesLeakNoDescriptorAndNoZombie() throws IOException {
        // given a node that has run some, and may keep what became of other tests' orphans for a while
        run(20);
        long before = openDescriptors();
        Set<Long> endedBefore = endedChildren();

        // when
        run(1_000);

        // then
        assertThat(openDescriptors()).isLessThanOrEqualTo(before + 5);
        assertThat(endedBefore).containsAll(endedChildren());
    }

    /** Children of this process that nobody has collected. */
    private static Set<Long> endedChildren() {
        return ProcessHandle.current()
                .children()
                .map(ProcessHandle::pid)
                .filter(child -> ProcessTable.find(child.intValue())
                        .map(ProcessTable.Entry::isEnded)
                        .orElse(false))
                .collect(Collectors.toSet());
    }

    private void run(int count) {
        var running = new ArrayList<AttemptId>();
        for (int i = 0; i < count; i++) {
            running.add(managers.run(process("true")));
        }
        int ended = 0;
        while (ended < running.size()) {
            var outcome = managers.report(ChannelReport.AttemptFinished.class).outcome();
            assertThat(outcome.kind()).isEqualTo(Kind.SUCCEEDED);
            ended++;
        }
    }

    private static long openDescriptors() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }

    private List<String> awaitLines(AttemptId attempt, int count) {
        var query = new LogQuery(managers.channel, attempt.job(), null, 0, null, null, null, null, null, 100);
        var lines = new ArrayList<String>();
        while (lines.size() < count) {
            var page = managers.read(query, PATIENCE);
            page.lines().forEach(line -> lines.add(line.content()));
            query = query.after(page.nextAfter());
        }
        return lines;
    }

    private static void assertRefused(AttemptOutcome outcome, String what, String remedy) {
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED_FOR_GOOD);
        assertThat(problem(outcome).code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem(outcome).detail()).contains(what).contains(remedy);
    }

    private static Problem problem(AttemptOutcome outcome) {
        return Objects.requireNonNull(outcome.error());
    }

    private static boolean isAlive(int pid) {
        return ProcessTable.find(pid).map(entry -> !entry.isEnded()).orElse(false);
    }

    private static int pid(String text) {
        return Integer.parseInt(text.strip());
    }

    private static List<String> content(List<LogLine> lines, LogStream stream) {
        return lines.stream()
                .filter(line -> line.stream() == stream)
                .map(LogLine::content)
                .toList();
    }
}
