package io.millrace.channel.process;

import io.millrace.host.limits.EnforcedLimits;
import io.millrace.host.system.PosixSpawn;
import io.millrace.host.system.LibC;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    private static final int HEAD_BYTES = 256;

    /** Variables that a shell adds to what it hands on. */
    private static final List<String> VARIABLES_OF_SHELL = List.of("PWD", "OLDPWD", "SHLVL");

    /**
     * Arguments: files to join groups with, the mark of their end, open files, KiB of address space, variables to take
     * away, then the command. Address space goes last, for it is the shell's too. No variable of the shell's own is used:
     * it could be one of the user's.
     */
    private static final String SCRIPT = """
            while [ "$1" != -- ]; do
              echo $$ > "$1" || exit 126
              shift
            done
            [ "$2" = - ] || ulimit -n "$2" || exit 126
            [ "$3" = - ] || ulimit -v "$3" || exit 126
            unset $4
            shift 4
            exec "$@"
            """;

    private LimitedLaunch() {}

    /**
     * The same launch with limits in force.
     *
     * @throws PosixSpawn.SpawnException for a file the system would refuse to start; a shell would read it as a script,
     *     or say so where only the output shows it
     */
    static LaunchPlan of(LaunchPlan plan, EnforcedLimits limits) throws IOException {
        requireStartable(plan);
        var arguments = new ArrayList<>(List.of("sh", "-c", SCRIPT, NAME));
        var group = limits.group();
        if (group != null) {
            group.processFiles().forEach(file -> arguments.add(file.toString()));
        }
        arguments.add(END_OF_GROUPS);
        arguments.add(text(limits.openFilesMax()));
        arguments.add(text(Math.ceilDiv(limits.addressSpaceBytesMax(), KIBIBYTE)));
        arguments.add(VARIABLES_OF_SHELL.stream()
                .filter(name -> !plan.environment().containsKey(name))
                .collect(Collectors.joining(" ")));
        arguments.addAll(command(plan));
        return new LaunchPlan(SHELL, List.copyOf(arguments), plan.environment(), plan.workingDirectory());
    }

    private static String text(long limit) {
        return limit == 0 ? NO_LIMIT : Long.toString(limit);
    }

    /** A shell finds a command where it was found before. A name like an option it is given as a path. */
    private static List<String> command(LaunchPlan plan) {
        if (!plan.arguments().getFirst().startsWith("-")) {
            return plan.arguments();
        }
        return Stream.concat(
                        Stream.of(plan.executable()), plan.arguments().stream().skip(1))
                .toList();
    }

    private static void requireStartable(LaunchPlan plan) throws IOException {
        var file = plan.workingDirectory().resolve(plan.executable());
        String head;
        try (InputStream content = Files.newInputStream(file)) {
            head = new String(content.readNBytes(HEAD_BYTES), StandardCharsets.ISO_8859_1);
        } catch (AccessDeniedException e) {
            // It may be run and not read: then it is no script, and only the system knows more.
            return;
        }
        if (head.startsWith("#!")) {
            requireInterpreter(plan, head);
        } else if (!head.startsWith("\u007fELF")) {
            throw new PosixSpawn.SpawnException(LibC.ENOEXEC);
        }
    }

    private static void requireInterpreter(LaunchPlan plan, String head) throws PosixSpawn.SpawnException {
        String line = head.substring(2).lines().findFirst().orElse("").strip();
        if (line.isEmpty()) {
            throw new PosixSpawn.SpawnException(LibC.ENOEXEC);
        }
        Path interpreter = plan.workingDirectory().resolve(line.split("\\s", 2)[0]);
        if (!Files.exists(interpreter)) {
            throw new PosixSpawn.SpawnException(LibC.ENOENT);
        }
        if (Files.isDirectory(interpreter) || !Files.isExecutable(interpreter)) {
            throw new PosixSpawn.SpawnException(LibC.EACCES);
        }
    }
}
