package io.millrace.contracts.process;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A service or one-off command as its user described it (HTTP contract, section 7; contract rows B-30 and B-32).
 *
 * @param name unique in the channel until the process is removed
 * @param command argument vector, never passed through a shell unless the user names one. For a script it is what the
 *     script stands for, found before the process was stored
 * @param script name of the script it was found by, absent if a command was given
 * @param directory working directory, absent for a fresh one
 * @param env variables added to the channel's; the node's own environment is never inherited
 * @param ready how to know that it is ready, absent if it is as soon as it runs
 * @param startTimeout how long one run may take until it runs and is ready; then it has failed and is stopped. Default 30 s,
 *     at most one hour (contract row B-31)
 * @param successExitCodes counted as success beside 0
 * @param dependsOn what has to be there first, at most 32
 * @param terminal true to give it a terminal of 80 columns and 24 lines: stdout and stderr are then one stream
 * @param stripsAnsi true to take colours and other control sequences out of its output before it is stored. Default false
 */
public record ProcessSpec(
        ProcessName name,
        List<String> command,
        @Nullable String script,
        @Nullable String directory,
        Map<String, String> env,
        RestartPolicy restart,
        @Nullable Readiness ready,
        Duration startTimeout,
        StopPolicy stop,
        List<Integer> successExitCodes,
        List<ProcessDependency> dependsOn,
        boolean terminal,
        boolean stripsAnsi,
        Map<String, String> labels) {
    public static final Duration START_TIMEOUT_DEFAULT = Duration.ofSeconds(30);

    public ProcessSpec {
        command = List.copyOf(command);
        env = Map.copyOf(env);
        successExitCodes = List.copyOf(successExitCodes);
        dependsOn = List.copyOf(dependsOn);
        labels = Map.copyOf(labels);
    }

    /**
     * The same with another command, which stands for a script or is still to be found by it.
     *
     * @param otherScript absent if it stands for none
     */
    public ProcessSpec withCommand(
            List<String> otherCommand, @Nullable String otherScript, @Nullable String otherDirectory) {
        return new ProcessSpec(
                name,
                otherCommand,
                otherScript,
                otherDirectory,
                env,
                restart,
                ready,
                startTimeout,
                stop,
                successExitCodes,
                dependsOn,
                terminal,
                stripsAnsi,
                labels);
    }
}
