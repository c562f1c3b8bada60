package io.millrace.channel.process;

import io.millrace.host.system.ExitStatus;
import io.millrace.host.system.Signals;
import io.millrace.contracts.log.LogStream;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A process that was started, until its end was told. The descriptors belong to the {@link ProcessWatch}; everything
 * that is not final is touched by its thread only, but for the two marks that are volatile.
 */
final class RunningProcess {
    private final int pid;
    private final String command;
    private final Instant startedAt;
    private final long startedNanos;
    private final ProcessOutput output;
    private final Consumer<ExitStatus> whenEnded;

    final int[] pipes;
    final int descriptor;
    /** Never used twice, unlike the process id. */
    long watchId;

    boolean isReading;
    boolean isRecorded;

    @Nullable ExitStatus status;

    long closeAtNanos;
    private volatile boolean isAbandoned;
    private volatile boolean hasEnded;

    RunningProcess(
            int pid,
            String command,
            int descriptor,
            int outputPipe,
            int errorPipe,
            ProcessOutput output,
            Consumer<ExitStatus> whenEnded) {
        this.pid = pid;
        this.command = command;
        this.descriptor = descriptor;
        this.pipes = new int[] {outputPipe, errorPipe};
        this.output = output;
        this.whenEnded = whenEnded;
        this.startedAt = Instant.now();
        this.startedNanos = System.nanoTime();
    }

    /** Id of the process and of its group. */
    int pid() {
        return pid;
    }

    String command() {
        return command;
    }

    Instant startedAt() {
        return startedAt;
    }

    long startedNanos() {
        return startedNanos;
    }

    ProcessOutput output() {
        return output;
    }

    /** Tells that it has ended and its output was handed over. */
    void ended(ExitStatus how) {
        whenEnded.accept(how);
    }

    LogStream stream(int pipe) {
        return pipe == 0 ? LogStream.STDOUT : LogStream.STDERR;
    }

    boolean hasOpenPipe() {
        return pipes[0] >= 0 || pipes[1] >= 0;
    }

    /** Asks the process and all of its group to end. Does nothing once it has ended: its id may be another's by then. */
    void terminate() {
        signal(Signals.TERMINATE);
    }

    /** Ends the process and all of its group. */
    void kill() {
        signal(Signals.KILL);
    }

    private void signal(int signal) {
        if (!hasEnded) {
            Signals.sendToGroup(pid, signal);
        }
    }

    /** Nobody wants its output any more. */
    void abandon() {
        isAbandoned = true;
        kill();
    }

    boolean isAbandoned() {
        return isAbandoned;
    }

    void markEnded() {
        hasEnded = true;
    }
}
