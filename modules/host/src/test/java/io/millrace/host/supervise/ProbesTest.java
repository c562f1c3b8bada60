package io.millrace.host.supervise;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.RecordedRun;
import io.millrace.host.RunKey;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.sandbox.ConfinementUse;
import io.millrace.host.sandbox.NetworkAccess;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.Sandbox;
import io.millrace.host.sandbox.SandboxSettings;
import io.millrace.host.system.Credentials;
import io.millrace.host.system.ExitStatus;
import io.millrace.host.tree.OtherChildren;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What hostile commands get where channels have users of their own and bubblewrap works, and what without either. */
class ProbesTest {
    @TempDir(factory = OutsideOfTemporaryDirectories.class)
    Path directory;

    private final Map<String, String> aims = new HashMap<>();
    private @Nullable LocalProcessHost opened;
    private long epoch;

    /** Temporary directories are empty for a command anyway. */
    static final class OutsideOfTemporaryDirectories implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext extension)
                throws IOException {
            var place = Path.of(Credentials.effectiveUser() == Credentials.ROOT ? "/var/lib" : "/tmp");
            return Files.createTempDirectory(place, "millrace-test-");
        }
    }

    @BeforeEach
    void asRoot() throws IOException {
        assumeThat(Credentials.effectiveUser()).isEqualTo(Credentials.ROOT);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectories(data().resolve("host"));
        Files.writeString(data().resolve("host/secret"), "secret");
    }

    private Path data() {
        return directory.resolve("data");
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    private void open(NetworkAccess network) throws IOException {
        assumeConfining();
        open(new SandboxSettings(ProcessUser.AUTO, ConfinementUse.BUBBLEWRAP, network, List.of()));
    }

    private static void assumeConfining() throws IOException {
        var sandbox =
                Sandbox.of(new SandboxSettings(ProcessUser.AUTO, ConfinementUse.AUTO, NetworkAccess.NODE, List.of()));
        assumeThat(sandbox.hasOwnUsers()).isTrue();
        assumeThat(sandbox.confines())
                .as(sandbox.description().get("namespaces"))
                .isTrue();
    }

    private void open(SandboxSettings settings) throws IOException {
        open(settings, CommonLimits.NONE);
    }

    private void open(SandboxSettings settings, CommonLimits limits) throws IOException {
        opened = LocalProcessHost.start(
                directory.resolve("own"),
                ControlGroups.none("this test has none"),
                OtherChildren.POSSIBLE,
                Sandbox.of(settings.hiding(data())),
                limits);
    }

    private LocalProcessHost host() {
        return requireNonNull(opened);
    }

    private void openWithoutAnything() throws IOException {
        open(new SandboxSettings(ProcessUser.OWN));
    }

    private RecordedRun start(String channel, @Nullable Path workingDirectory, String script) throws IOException {
        long next = ++epoch;
        var home = Files.createDirectories(
                data().resolve("work/" + channel + "-" + next),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        var run = new RecordedRun();
        host().start(
                        new StartOrder(
                                new RunKey(channel, "job", (int) next, next),
                                List.of("sh", "-c", script),
                                aims,
                                false,
                                new byte[0],
                                home.toString(),
                                workingDirectory == null ? null : workingDirectory.toString(),
                                List.of(),
                                ProcessLimits.NONE,
                                false,
                                System.nanoTime() + TimeUnit.MINUTES.toNanos(1),
                                false),
                        run);
        return run;
    }

    private ExitStatus run(Probe probe) throws IOException {
        var shared = Files.writeString(Files.createTempFile("millrace-probe-", ""), "secret");
        var program = Files.copy(Path.of("/usr/bin/id"), directory.resolve("id-" + epoch));
        try (var socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(data().resolve("host/socket")));
            Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rw-r--r--"));
            Files.setAttribute(program, "unix:mode", 0_4755);
            var victim = start("exports", null, "echo secret > secret; chmod 644 secret; echo there; sleep 60");
            var sibling = start("imports", null, "sleep 60");
            aims.put("HOST", Integer.toString(host().pid()));
            aims.put("DATA", data().toString());
            aims.put("OTHER", data().resolve("work/exports-" + (epoch - 1)).toString());
            aims.put("VICTIM", Integer.toString(victim.started().pid()));
            aims.put("SIBLING", Integer.toString(sibling.started().pid()));
            aims.put("SHARED", shared.toString());
            aims.put("PROGRAM", program.toString());
            victim.awaitText(LogStream.STDOUT, "there\n");
            return start("imports", null, probe.script()).ended().status();
        } finally {
            Files.deleteIfExists(data().resolve("host/socket"));
            Files.delete(shared);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConfinedCommandGetsNothing(Probe probe) throws IOException {
        // given that there is something to be had
        openWithoutAnything();
        assumeThat(run(probe)).as("without isolation").isEqualTo(new ExitStatus(0, null));
        host().close();

        // when
        open(NetworkAccess.NODE);
        var status = run(probe);

        // then
        assertThat(status.exitCode()).isNotNull().isNotZero();
    }

    @Test
    void aConfinedCommandChangesItsDirectoriesAndNoOthers() throws IOException {
        // given
        open(NetworkAccess.NODE);
        var project = Files.createDirectory(directory.resolve("project"));
        var beside = Files.createDirectory(directory.resolve("beside"));
        for (Path open : List.of(project, beside)) {
            Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        }

        // when
        var run = start(
                "imports",
                project,
                "pwd; echo 1 > made && echo 2 > $HOME/made && echo 3 > /tmp/made && cat made $HOME/made /tmp/made;"
                        + " touch " + beside + "/made || echo refused");

        // then
        assertThat(run.ended().status()).isEqualTo(new ExitStatus(0, null));
        assertThat(run.text(LogStream.STDOUT)).isEqualTo(project + "\n1\n2\n3\nrefused\n");
        assertThat(run.text(LogStream.STDERR)).contains("Read-only file system");
        assertThat(project.resolve("made")).exists();
        assertThat(Path.of("/tmp/made")).doesNotExist();
    }

    @Test
    void aDirectoryOfTheNodesOwnIsRefused() throws IOException {
        // given
        open(NetworkAccess.NODE);
        Files.setPosixFilePermissions(data(), PosixFilePermissions.fromString("rwxrwxrwx"));

        // when
        var problem = start("imports", data(), "true").problem();

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem.detail()).contains("'" + data() + "' is one of the node's own", "fresh directory");
    }

    @Test
    void aCommandThatCannotBeLockedUpIsRefusedWithTheReason() throws IOException {
        // given a limit that leaves its user no second process, without which there is no namespace
        assumeConfining();
        open(
                new SandboxSettings(ProcessUser.AUTO, ConfinementUse.BUBBLEWRAP, NetworkAccess.NODE, List.of()),
                new CommonLimits(0, 0, 0, 1));

        // when
        var problem = start("imports", null, "true").problem();

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(problem.detail()).contains("could not be locked up", "bwrap: ", "temporarily unavailable");
    }

    @Test
    void withoutNetworkNoCommandReachesAnything() throws IOException {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // given
            String script = "exec bash -c ': > /dev/tcp/127.0.0.1/" + server.getLocalPort() + "'";
            openWithoutAnything();
            assumeThat(start("imports", null, script).ended().status()).isEqualTo(new ExitStatus(0, null));
            host().close();

            // when
            open(NetworkAccess.NONE);
            var status = start("imports", null, script).ended().status();

            // then
            assertThat(status.exitCode()).isNotNull().isNotZero();
            assertThat(host().enforcement()).containsEntry("network", "none (millrace.processes.network)");
        }
    }

    @Test
    void theHostSaysThatCommandsAreLockedUp() throws IOException {
        // when
        open(NetworkAccess.NODE);

        // then
        assertThat(host().enforcement())
                .containsEntry("tier", "S3 (bubblewrap, own user)")
                .hasEntrySatisfying("namespaces", text -> assertThat(text).startsWith("each command has its own"))
                .hasEntrySatisfying("network", text -> assertThat(text).startsWith("not enforced"));
    }
}
