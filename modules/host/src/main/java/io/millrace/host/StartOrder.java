package io.millrace.host;

import io.millrace.host.limits.ProcessLimits;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A command to be started.
 *
 * @param command argument vector, at least one element; never passed through a shell
 * @param env its whole environment but for {@code PATH}, {@code HOME}, {@code TMPDIR} and {@code LANG}, which it is given
 *     where they are missing; nothing is inherited
 * @param namesOwnPath true if its user chose the {@code PATH} in it, which messages may show then
 * @param input given on standard input, empty for none
 * @param home directory of its own, which exists: home, place for temporary files, and working directory by default
 * @param workingDirectory named by its user, absent for its home
 * @param affinity processors it may run on, empty for all
 * @param limits what is declared for it
 * @param terminal true for a pseudo terminal instead of pipes
 * @param deadlineNanos lease on the monotonic clock of the machine ({@link System#nanoTime}): not started after it, and
 *     ended at it unless it was renewed
 * @param survivesNode true to let it run until its deadline when the node is gone, so that a restarted one can take it
 *     over; false to end it at once
 */
public record StartOrder(
        RunKey key,
        List<String> command,
        Map<String, String> env,
        boolean namesOwnPath,
        byte[] input,
        String home,
        @Nullable String workingDirectory,
        List<Integer> affinity,
        ProcessLimits limits,
        boolean terminal,
        long deadlineNanos,
        boolean survivesNode) {
    public StartOrder {
        command = List.copyOf(command);
        env = Map.copyOf(env);
        affinity = List.copyOf(affinity);
    }
}
