package io.millrace.host.supervise;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.limits.EnforcedLimits;
import java.util.List;

/**
 * A command that was started and that nobody watches yet. Whoever has it closes its descriptors.
 *
 * @param pid of the process, of its session and of its group
 * @param exit descriptor that becomes readable when the process ends
 * @param output descriptor from which its standard output is read, or everything that its terminal shows
 * @param errors descriptor from which its standard error is read, negative if that is part of the output
 * @param limits to be released when it has ended
 */
record Launched(int pid, int exit, int output, int errors, EnforcedLimits limits, long startedAtMillis) {

    List<OutputPipe> pipes(EventLoop loop) {
        var first = new OutputPipe(loop, LogStream.STDOUT, output);
        return errors < 0 ? List.of(first) : List.of(first, new OutputPipe(loop, LogStream.STDERR, errors));
    }
}
