package io.millrace.host.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PseudoTerminalTest {
    private static final int NONE = -1;

    private PseudoTerminal terminal;

    @BeforeEach
    void open() throws IOException {
        terminal = PseudoTerminal.open();
    }

    @AfterEach
    void close() {
        terminal.close();
    }

    @Test
    void aProcessFindsItsTerminalOnAllThreeDescriptors() throws IOException {
        // when
        var run = run("tty; for fd in 0 1 2; do test -t $fd && echo $fd; done; stty size");

        // then
        assertThat(run.shown()).isEqualTo(terminal.name() + "\r\n0\r\n1\r\n2\r\n24 80\r\n");
        assertThat(run.status()).isEqualTo(new ExitStatus(0, null));
    }

    @Test
    void theTerminalControlsTheSession() throws IOException {
        // when a process writes to whatever terminal controls it
        var run = run("echo controlled >/dev/tty");

        // then
        assertThat(run.shown()).isEqualTo("controlled\r\n");
    }

    @Test
    void whatAProcessShowsLastIsReadAfterItsEnd() throws IOException {
        // given
        int pid = start("i=0; while test $i -lt 200; do echo line $i; i=$((i+1)); done; exit 7", NONE);
        LibC.reapKilled(pid);

        // when
        String shown = readToEnd();

        // then
        assertThat(shown).startsWith("line 0\r\n").endsWith("line 199\r\n");
    }

    @Test
    void whatHoldsTheScreenOpenIsFoundByTheGroupOfItsLeader() throws IOException {
        // given a process that leaves behind one that ignores the hang-up
        int pid = start("trap '' HUP; sleep 600 & echo left", NONE);
        LibC.reapKilled(pid);

        // when
        int killed = LibC.kill(-pid, Signals.KILL);

        // then the screen has an end, behind all that was shown
        assertThat(killed).isZero();
        assertThat(readToEnd()).isEqualTo("left\r\n");
    }

    @Test
    void inputMayComeFromElsewhere() throws IOException {
        // given
        int input = LibC.memoryFile("typed before\n".getBytes(UTF_8));

        // when
        int pid = start("read line; echo \"$line\"; test -t 0 || echo no terminal; test -t 1 && echo terminal", input);
        LibC.close(input);
        String shown = readToEnd();
        LibC.reapKilled(pid);

        // then
        assertThat(shown).isEqualTo("typed before\r\nno terminal\r\nterminal\r\n");
    }

    @Test
    void nothingOfItIsInheritedAndNothingIsLeftOpen() throws IOException {
        // given
        long before = openDescriptors();

        // when
        var other = PseudoTerminal.open();
        var run = run("ls /proc/self/fd");
        other.close();

        // then the listing has the three standard descriptors and the one it reads the directory with
        assertThat(run.shown().split("\\s+")).containsExactly("0", "1", "2", "3");
        assertThat(openDescriptors()).isEqualTo(before);
    }

    private record Run(int pid, String shown, ExitStatus status) {}

    private Run run(String script) throws IOException {
        int pid = start(script, NONE);
        String shown = readToEnd();
        return new Run(pid, shown, ExitStatus.of(LibC.reapKilled(pid)));
    }

    private int start(String script, int input) throws IOException {
        return PosixSpawn.spawn(new PosixSpawn.Plan(
                "/bin/sh",
                List.of("sh", "-c", script),
                Map.of("PATH", "/usr/bin:/bin", "TERM", PseudoTerminal.TYPE),
                null,
                input,
                NONE,
                NONE,
                terminal.name()));
    }

    private String readToEnd() {
        var shown = new ByteArrayOutputStream();
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(256);
            for (int count = LibC.read(terminal.screen(), memory);
                    count > 0;
                    count = LibC.read(terminal.screen(), memory)) {
                shown.writeBytes(memory.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
            }
        }
        return shown.toString(UTF_8);
    }

    private static long openDescriptors() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }
}
