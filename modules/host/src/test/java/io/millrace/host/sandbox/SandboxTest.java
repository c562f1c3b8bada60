package io.millrace.host.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.millrace.host.system.Credentials;
import io.millrace.host.system.ExitStatus;
import io.millrace.host.system.LibC;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the tests run as root. */
class SandboxTest {
    @TempDir
    Path work;

    private Sandbox sandbox;

    @BeforeEach
    void asRoot() throws IOException {
        assumeThat(Credentials.effectiveUser()).isEqualTo(Credentials.ROOT);
        sandbox = Sandbox.of(ProcessUser.AUTO);
        assumeThat(sandbox.hasOwnUsers()).isTrue();
        Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwx--x--x"));
    }

    private Path home(String channel) throws IOException {
        var home = Files.createDirectories(work.resolve(channel));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        sandbox.userOf(channel).take(home);
        return home;
    }

    private SandboxedCommand commandOf(String channel) throws IOException {
        return new SandboxedCommand(sandbox.userOf(channel), home(channel));
    }

    private static String status(String field) {
        return "sed -n 's/^" + field + ":[[:space:]]*//p' /proc/self/status";
    }

    @Test
    void aCommandRunsAsTheUserOfItsChannelWithoutAnyPrivilege() throws IOException {
        int uid = ChannelUsers.FIRST + ChannelUsers.hash("imports");

        var result = commandOf("imports")
                .shell(String.join(
                        "; ",
                        "id -u",
                        "id -g",
                        "id -G",
                        "umask",
                        "ulimit -c",
                        "ulimit -H -c",
                        status("NoNewPrivs"),
                        status("CapPrm"),
                        status("CapInh"),
                        status("CapBnd"),
                        status("Uid")));

        assertThat(result.lines())
                .containsExactly(
                        "" + uid,
                        "" + uid,
                        "" + uid,
                        "0077",
                        "0",
                        "0",
                        "1",
                        "0000000000000000",
                        "0000000000000000",
                        "0000000000000000",
                        (uid + "\t").repeat(4).strip());
    }

    @Test
    void aProgramThatRunsAsItsOwnerGainsNothing() throws IOException {
        var program = Files.copy(Path.of("/usr/bin/id"), work.resolve("id"));
        Files.setAttribute(program, "unix:mode", 0_4755);
        var command = commandOf("imports");
        int uid = ((OtherUser) sandbox.userOf("imports")).uid();
        var unprotected =
                new ProcessBuilder("setpriv", "--reuid=" + uid, "--clear-groups", program.toString(), "-u").start();
        String gained = new String(unprotected.getInputStream().readAllBytes()).strip();
        assumeThat(gained)
                .as("the file system lets programs run as their owners")
                .isEqualTo("0");

        assertThat(command.run(program.toString(), "-u").lines()).containsExactly("" + uid);
    }

    @Test
    void aCommandCanNeitherSignalNorLookIntoItsHost() throws IOException {
        long host = ProcessHandle.current().pid();
        String threads;
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            threads = tasks.map(task -> task.getFileName().toString()).collect(Collectors.joining(" "));
        }

        var result = commandOf("imports")
                .shell("for thread in " + threads + "; do kill -0 $thread 2>&1; done |"
                        + " grep . | grep -vc 'not permitted\\|No such'; cat /proc/" + host + "/environ /proc/" + host
                        + "/maps;"
                        + " ls /proc/" + host + "/fd");

        assertThat(result.lines().getFirst()).isEqualTo("0");
        assertThat(result.lines().subList(1, result.lines().size()))
                .hasSize(3)
                .allMatch(line -> line.contains("Permission denied"));
    }

    @Test
    void channelsCanNeitherReadNorSignalEachOther() throws IOException {
        var secret = Files.writeString(home("exports").resolve("secret"), "x");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-rw-rw-"));
        int running = commandOf("exports").start("sleep", "1000");
        try {
            var result = commandOf("imports")
                    .shell("cat " + secret + "; ls " + work.resolve("exports") + "; cat /proc/" + running
                            + "/environ; kill -9 " + running + " 2>&1 | grep .");

            assertThat(result.lines()).hasSize(4);

            assertThat(result.lines().subList(0, 3)).allMatch(line -> line.contains("Permission denied"));
            assertThat(result.lines().get(3)).contains("not permitted");
            assertThat(ProcessTable.find(running).orElseThrow().isEnded()).isFalse();
            assertThat(commandOf("exports").shell("cat secret").output()).isEqualTo("x");
        } finally {
            LibC.kill(running, Signals.KILL);
            LibC.reapKilled(running);
        }
    }

    @Test
    void aCommandGetsExactlyItsEnvironment() throws IOException {
        var command = commandOf("imports")
                .with("PLAIN", "a b")
                .with("QUOTED", "it's \"$HOME\" `id` $(id)\n\\n end")
                .with("EMPTY", "")
                .with("dotted.name", "1")
                .with("IFS", "x")
                .with("UID", "5")
                .with("MILLRACE_VARIABLE_0", "mine")
                .with("LD_LIBRARY_PATH", "/nowhere");

        var result = command.run("env", "-0");

        Map<String, String> seen = new TreeMap<>();
        assertThat(result.output()).endsWith("\0");
        Stream.of(result.output().split("\0"))
                .map(variable -> variable.split("=", 2))
                .forEach(variable -> seen.put(variable[0], variable[1]));
        assertThat(seen).isEqualTo(new TreeMap<>(command.environment()));
    }

    @Test
    void noShellAddsAPathThatWasTakenAway() throws IOException {
        var result = commandOf("imports").without("PATH").run("/usr/bin/env");

        assertThat(result.lines()).containsExactly(SandboxedCommand.KEPT + "=host/run");
    }

    /** The loader of each program writes down what it does, in a file of the user the program runs as. */
    @Test
    void nothingThatRunsAsRootSeesTheVariablesOfACommand() throws IOException {
        var traces = Files.createDirectory(work.resolve("traces"));
        Files.setPosixFilePermissions(traces, PosixFilePermissions.fromString("rwxrwxrwx"));
        int uid = ((OtherUser) sandbox.userOf("imports")).uid();

        commandOf("imports")
                .with("LD_DEBUG", "libs")
                .with("LD_DEBUG_OUTPUT", traces.resolve("trace").toString())
                .run("true");

        try (Stream<Path> files = Files.list(traces)) {
            assertThat(files)
                    .isNotEmpty()
                    .allSatisfy(file ->
                            assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(uid));
        }
    }

    @Test
    void aCommandKeepsItsNameItsEndAndItsId() throws IOException {
        var command = commandOf("imports");

        assertThat(command.run("sh", "-c", "exit 7").status()).isEqualTo(new ExitStatus(7, null));
        assertThat(command.shell("kill -TERM $$").status()).isEqualTo(new ExitStatus(null, "SIGTERM"));
        assertThat(command.shell("tr '\\0' ' ' < /proc/$$/cmdline").output()).startsWith("sh -c tr");
        int pid = command.start("sh", "-c", "echo $$ > id");
        LibC.reapKilled(pid);
        assertThat(Files.readString(work.resolve("imports/id"))).isEqualTo(pid + "\n");
    }

    @Test
    void aClosedDirectoryIsNamed() throws IOException {
        var closed = Files.createDirectory(work.resolve("closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        var inside = Files.createDirectory(closed.resolve("inside"));
        var user = sandbox.userOf("imports");

        assertThat(user.obstacleToEnter(inside)).contains(closed);
        assertThat(user.advice(closed))
                .contains("chmod o+x '" + closed + "'")
                .contains("millrace.processes.user = own");
        Files.createSymbolicLink(work.resolve("link"), inside);
        assertThat(user.obstacleToEnter(work.resolve("link"))).contains(closed);
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx--x--x"));
        assertThat(user.obstacleToEnter(inside)).isEmpty();
    }

    @Test
    void aProgramThatOnlyTheNodeMayExecuteIsNamed() throws IOException {
        var program = Files.copy(Path.of("/usr/bin/true"), work.resolve("program"));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr--r--"));

        assertThat(sandbox.userOf("imports").obstacleToExecute(program)).contains(program);
        assertThat(sandbox.userOf("imports").obstacleToExecute(Path.of("/usr/bin/true")))
                .isEmpty();
    }

    @Test
    void aNamedUserRunsTheCommandsOfAllChannels() throws IOException {
        var named = Sandbox.of(ProcessUser.parse("65534"));
        var open = Files.createDirectory(work.resolve("open"));
        named.userOf("imports").take(open);

        assertThat(new SandboxedCommand(named.userOf("imports"), open)
                        .shell("id -u; touch made")
                        .lines())
                .containsExactly("65534");
        assertThat(Files.getAttribute(open.resolve("made"), "unix:uid", LinkOption.NOFOLLOW_LINKS))
                .isEqualTo(65534);
        assertThat(named.userOf("exports")).isEqualTo(named.userOf("imports"));
        assertThat(named.description().get("user")).contains("65534").contains("not kept apart");
    }

    @Test
    void withoutAWayToChangeTheUserCommandsRunAsRootAndThatIsSaid() throws IOException {
        var helpless = Sandbox.of(ProcessUser.AUTO, Credentials.ROOT, Optional.empty());

        assertThat(helpless.hasOwnUsers()).isFalse();
        assertThat(helpless.description().get("user")).contains("util-linux");
        assertThatThrownBy(() -> Sandbox.of(ProcessUser.parse("65534"), Credentials.ROOT, Optional.empty()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("65534")
                .hasMessageContaining("util-linux");
    }
}
