package io.millrace.host.supervise;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.host.StartOrder;
import io.millrace.host.sandbox.RunUser;
import io.millrace.host.system.LibC;
import io.millrace.host.system.PosixSpawn;
import io.millrace.host.system.PseudoTerminal;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The standard streams of a command that is being started: what it is given on standard input, and either two pipes or a
 * terminal for what it writes. Closed when it is started; what the host reads from only if it was not.
 */
final class StandardStreams implements AutoCloseable {
    private static final int NONE = -1;
    private static final long SAID_BYTES_MAX = 500;

    private final int[] output = {NONE, NONE};
    private final int[] errors = {NONE, NONE};
    private int input = NONE;
    private @Nullable String terminal;

    private StandardStreams() {}

    static StandardStreams open(StartOrder order) throws IOException {
        var streams = new StandardStreams();
        try {
            streams.openAll(order);
            return streams;
        } catch (IOException e) {
            streams.close();
            throw e;
        }
    }

    private void openAll(StartOrder order) throws IOException {
        if (order.terminal()) {
            var screen = PseudoTerminal.open();
            output[0] = screen.screen();
            terminal = screen.name();
        } else {
            openPipe(output);
            openPipe(errors);
        }
        if (order.input().length > 0) {
            input = LibC.memoryFile(order.input());
        }
    }

    private static void openPipe(int[] ends) throws IOException {
        int[] pipe = LibC.pipe();
        ends[0] = pipe[0];
        ends[1] = pipe[1];
    }

    /** A program opens its terminal by name, too. */
    void giveTerminalTo(RunUser user) throws IOException {
        if (terminal != null) {
            user.take(Path.of(terminal));
        }
    }

    /** The plan with these streams. */
    PosixSpawn.Plan planFor(LaunchPlan plan) {
        return new PosixSpawn.Plan(
                plan.executable(),
                plan.arguments(),
                plan.environment(),
                plan.workingDirectory().toString(),
                input,
                output[1],
                errors[1],
                terminal);
    }

    /** Descriptor from which its output is read. */
    int output() {
        return output[0];
    }

    /** Descriptor from which its standard error is read, negative if that is part of the output. */
    int errors() {
        return errors[0];
    }

    /** What was written to standard error, or to the terminal, by what was started and has ended with all its children. */
    String whatWasSaid() {
        close(output, 1);
        close(errors, 1);
        try (var memory = Arena.ofConfined()) {
            var buffer = memory.allocate(SAID_BYTES_MAX);
            int bytes = LibC.read(errors[0] == NONE ? output[0] : errors[0], buffer);
            return new String(buffer.asSlice(0, Math.max(0, bytes)).toArray(JAVA_BYTE), StandardCharsets.UTF_8).strip();
        }
    }

    private static void close(int[] ends, int index) {
        closeAll(ends[index]);
        ends[index] = NONE;
    }

    /** From here on somebody else closes what the host reads from. */
    void handOver() {
        output[0] = NONE;
        errors[0] = NONE;
    }

    @Override
    public void close() {
        closeAll(input, output[0], output[1], errors[0], errors[1]);
    }

    private static void closeAll(int... descriptors) {
        for (int descriptor : descriptors) {
            if (descriptor != NONE) {
                LibC.close(descriptor);
            }
        }
    }
}
