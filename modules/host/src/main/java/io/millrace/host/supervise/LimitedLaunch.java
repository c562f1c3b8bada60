package io.millrace.host.supervise;

import io.millrace.host.HostLimits;
import io.millrace.host.limits.EnforcedLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Starts a command by way of a shell that puts limits into force for itself and then becomes the command: process id,
 * session, standard streams and the way it ends are the command's. The shell reads a fixed script; what the user gave
 * reaches it as arguments, which it hands on and never interprets.
 */
final class LimitedLaunch {
    private static final String SHELL = "/bin/sh";
    private static final String NAME = "millrace";
    private static final String NO_LIMIT = "-";
    private static final String END_OF_GROUPS = "--";
    private static final int KIBIBYTE = 1_024;
    private static final int BLOCK_BYTES = 512;

    /** Variables that a shell adds to what it hands on. */
    private static final List<String> VARIABLES_OF_SHELL = List.of("PWD", "OLDPWD", "SHLVL");

    /**
     * Arguments: files to join groups with, the mark of their end, open files, blocks of a file, seconds of processors
     * before the signal and before the end, processes, KiB of address space, variables to take away, then the command.
     * Address space goes last, for it is the shell's too. Some shells call the number of processes {@code -p}, others
     * {@code -u}, and either says so if it is the other. No variable of the shell's own is used: it could be one of the
     * user's.
     */
    private static final String SCRIPT = """
        while [ "$1" != -- ]; do
          echo $$ > "$1" || exit 126
          shift
        done
        [ "$2" = - ] || ulimit -n "$2" || exit 126
        [ "$3" = - ] || ulimit -f "$3" || exit 126
        [ "$4" = - ] || { ulimit -S -t "$4" && ulimit -H -t "$5"; } || exit 126
        [ "$6" = - ] || ulimit -p "$6" 2> /dev/null || ulimit -u "$6" || exit 126
        [ "$7" = - ] || ulimit -v "$7" || exit 126
        ulimit -c 0
        unset $8
        shift 8
        exec "$@"
        """;

    private LimitedLaunch() {}

    /**
     * The same launch with limits in force.
     *
     * @throws io.millrace.host.system.PosixSpawn.SpawnException for a file the system would refuse to start; a shell would read it as a script,
     *     or say so where only the output shows it
     */
    static LaunchPlan of(LaunchPlan plan, EnforcedLimits limits) throws IOException {
        StartableFile.require(plan);
        var arguments = new ArrayList<>(List.of("sh", "-c", SCRIPT, NAME));
        var group = limits.group();
        if (group != null) {
            group.processFiles().forEach(file -> arguments.add(file.toString()));
        }
        arguments.add(END_OF_GROUPS);
        arguments.add(text(limits.openFilesMax()));
        arguments.add(text(Math.ceilDiv(limits.common().fileBytes(), BLOCK_BYTES)));
        arguments.add(text(limits.common().cpuSeconds()));
        arguments.add(text(limits.common().cpuSeconds() + HostLimits.CPU_SECONDS_AFTER_SIGNAL));
        arguments.add(text(limits.common().processes()));
        arguments.add(text(Math.ceilDiv(limits.addressSpaceBytesMax(), KIBIBYTE)));
        arguments.add(VARIABLES_OF_SHELL.stream()
                .filter(name -> !plan.environment().containsKey(name))
                .collect(Collectors.joining(" ")));
        arguments.addAll(plan.shellCommand());
        return new LaunchPlan(SHELL, List.copyOf(arguments), plan.environment(), plan.workingDirectory());
    }

    private static String text(long limit) {
        return limit == 0 ? NO_LIMIT : Long.toString(limit);
    }
}
