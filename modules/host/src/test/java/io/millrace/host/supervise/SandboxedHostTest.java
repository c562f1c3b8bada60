package io.millrace.host.supervise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.RecordedRun;
import io.millrace.host.RunKey;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.Sandbox;
import io.millrace.host.system.Credentials;
import io.millrace.host.system.ExitStatus;
import io.millrace.host.tree.OtherChildren;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host that runs the commands of each channel as a user of its own. */
class SandboxedHostTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Set<PosixFilePermission> PASSABLE = PosixFilePermissions.fromString("rwx--x--x");

    private static final CommonLimits LIMITS = new CommonLimits(1_000, 0, 0, 30);

    private final AtomicLong epoch = new AtomicLong();

    @TempDir
    Path directory;

    private LocalProcessHost host;

    @BeforeEach
    void asRoot() throws IOException {
        assumeThat(Credentials.effectiveUser()).isEqualTo(Credentials.ROOT);
        var sandbox = Sandbox.of(ProcessUser.AUTO);
        assumeThat(sandbox.hasOwnUsers()).isTrue();
        Files.setPosixFilePermissions(directory, PASSABLE);
        host = LocalProcessHost.start(
                directory.resolve("host"),
                ControlGroups.none("this test has none"),
                OtherChildren.POSSIBLE,
                sandbox,
                LIMITS);
    }

    @AfterEach
    void close() {
        if (host != null) {
            host.close();
        }
    }

    private StartOrder order(
            String channel, @Nullable Path workingDirectory, ProcessLimits limits, List<String> command)
            throws IOException {
        return order(channel, workingDirectory, limits, command, Map.of("GREETING", "hello"));
    }

    private StartOrder order(
            String channel,
            @Nullable Path workingDirectory,
            ProcessLimits limits,
            List<String> command,
            Map<String, String> env)
            throws IOException {
        long next = epoch.incrementAndGet();
        var home = Files.createDirectory(
                directory.resolve("home-" + next),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new StartOrder(
                new RunKey(channel, "job", (int) next, next),
                command,
                env,
                false,
                new byte[0],
                home.toString(),
                workingDirectory == null ? null : workingDirectory.toString(),
                List.of(),
                limits,
                false,
                System.nanoTime() + TimeUnit.MINUTES.toNanos(1),
                false);
    }

    private RecordedRun start(StartOrder order) {
        var run = new RecordedRun();
        host.start(order, run);
        return run;
    }

    private RecordedRun shell(String channel, String script) throws IOException {
        return start(order(channel, null, ProcessLimits.NONE, List.of("sh", "-c", script)));
    }

    @Test
    void aCommandOwnsItsHomeAndNothingElse() throws IOException {
        var run = shell("imports", "id -u > user; echo \"$GREETING\" $(stat -c '%u %a' . user) $(id -u); pwd");

        assertThat(run.ended().status()).isEqualTo(new ExitStatus(0, null));
        var words = run.text(LogStream.STDOUT).lines().findFirst().orElseThrow().split(" ");
        assertThat(words).containsExactly("hello", words[5], "700", words[5], "600", words[5]);
        assertThat(Integer.parseInt(words[5])).isPositive();
        assertThat(run.text(LogStream.STDERR)).isEmpty();
    }

    @Test
    void limitsHoldForTheUserOfTheChannel() throws IOException {
        var run = start(order("imports", null, new ProcessLimits(0, 32, 0), List.of("sh", "-c", "ulimit -n; id -u")));

        assertThat(run.ended().status()).isEqualTo(new ExitStatus(0, null));
        assertThat(run.text(LogStream.STDOUT).lines().toList().getFirst()).isEqualTo("32");
        assertThat(run.text(LogStream.STDOUT).lines().toList().getLast()).isNotEqualTo("0");
    }

    @Test
    void aChannelThatForksOnAndOnIsStoppedAndOthersAreNot() throws IOException {
        // given
        var bomb = shell("bombs", "for i in $(seq 100); do sleep 60 & done; echo never; sleep 60");

        // when
        await().atMost(PATIENCE)
                .until(() -> bomb.text(LogStream.STDERR).contains("ork")
                        || bomb.text(LogStream.STDOUT).contains("never"));

        // then
        assertThat(bomb.text(LogStream.STDOUT)).isEmpty();
        assertThat(shell("exports", "sh -c 'exit 4'; exit $?").ended().status().exitCode())
                .isEqualTo(4);
    }

    @Test
    void aDirectoryThatIsClosedToTheUserIsRefusedWithWhatToDo() throws IOException {
        var closed = Files.createDirectory(directory.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));

        var problem = start(order("imports", closed, ProcessLimits.NONE, List.of("true")))
                .problem();

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem.detail())
                .contains("'" + closed + "' cannot be entered by user ")
                .contains("of channel 'imports'")
                .contains("chmod o+x '" + closed + "'")
                .contains("millrace.processes.user = own");
    }

    @Test
    void aProgramThatIsClosedToTheUserIsRefusedWithWhatToDo() throws IOException {
        var program = Files.copy(Path.of("/usr/bin/true"), directory.resolve("program"));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));

        var problem = start(order("imports", null, ProcessLimits.NONE, List.of(program.toString())))
                .problem();

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem.detail()).contains("is not executable by user ").contains("chmod o+x '" + program + "'");
    }

    @Test
    void aProgramThatIsClosedToTheUserDoesNotHideAnotherOfItsName() throws IOException {
        var closed = Files.createDirectory(directory.resolve("closed"));
        Files.copy(Path.of("/usr/bin/false"), closed.resolve("true"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));

        var run = start(
                order("imports", null, ProcessLimits.NONE, List.of("true"), Map.of("PATH", closed + ":/usr/bin:/bin")));

        assertThat(run.ended().status()).isEqualTo(new ExitStatus(0, null));
    }

    @Test
    void aFileThatIsNoProgramIsRefusedAndNotReadAsAScript() throws IOException {
        var file = Files.writeString(directory.resolve("file"), "touch made\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));

        var problem = start(order("imports", null, ProcessLimits.NONE, List.of(file.toString())))
                .problem();

        assertThat(problem.detail()).contains("does not begin with '#!'");
    }

    @Test
    void everyThreadOfTheHostStaysWhatItWas() throws IOException {
        for (int i = 0; i < 20; i++) {
            assertThat(shell("channel-" + i, "exit 0").ended().status()).isEqualTo(new ExitStatus(0, null));
        }

        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            assertThat(tasks)
                    .allSatisfy(task -> assertThat(Files.readString(task.resolve("status")))
                            .contains("Uid:\t0\t0\t0\t0\n")
                            .contains("NoNewPrivs:\t0\n"));
        }
    }

    @Test
    void theHostSaysWhatIsInForceAndWhatIsNot() {
        assertThat(host.enforcement())
                .containsEntry("tier", "S1 (own user)")
                .containsKeys("memory", "processes", "files")
                .hasEntrySatisfying("network", text -> assertThat(text).startsWith("not enforced"))
                .hasEntrySatisfying("namespaces", text -> assertThat(text).startsWith("not enforced"));
    }
}
