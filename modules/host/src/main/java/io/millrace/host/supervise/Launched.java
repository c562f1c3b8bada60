package io.millrace.host.supervise;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.limits.EnforcedLimits;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command that was started and that nobody watches yet. Whoever has it closes its descriptors.
 *
 * @param pid of the process, of its session and of its group
 * @param exit descriptor that becomes readable when the process ends
 * @param output descriptor from which its standard output is read, or everything that its terminal shows
 * @param errors descriptor from which its standard error is read, negative if that is part of the output
 * @param limits to be released when it has ended
 * @param confined the command proper, if it is locked up; absent if the process is the command
 */
record Launched(
        int pid,
        int exit,
        int output,
        int errors,
        EnforcedLimits limits,
        long startedAtMillis,
        @Nullable Confined confined) {

    /** Process id of the command. */
    int commandPid() {
        return confined == null ? pid : confined.command();
    }

    /** How the command ended, once the process was collected with a wait status. */
    int waitStatus(int collected) {
        return confined == null ? collected : confined.waitStatus(collected);
    }

    /** How many processes in its namespace the command has left behind, 0 without one of its own. */
    int leftInNamespace() {
        return confined == null ? 0 : confined.left();
    }

    /** Nobody will ask any more. */
    void close() {
        if (confined != null) {
            confined.close();
        }
    }

    List<OutputPipe> pipes(EventLoop loop) {
        var first = new OutputPipe(loop, LogStream.STDOUT, output);
        return errors < 0 ? List.of(first) : List.of(first, new OutputPipe(loop, LogStream.STDERR, errors));
    }
}
