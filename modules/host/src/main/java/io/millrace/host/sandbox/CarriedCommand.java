package io.millrace.host.sandbox;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Brings a command past programs that prepare its start and must not do what its variables tell them: variables such as
 * {@code LD_PRELOAD} would make these load what the user names, with the rights they still have. They see none of them.
 * Each travels as the value of a numbered variable to a shell, which has the rights of the command, unpacks it and becomes
 * the command.
 */
final class CarriedCommand {
    private static final String SHELL = "/bin/sh";
    private static final String ENV = "/usr/bin/env";
    private static final String NAME = "millrace";
    private static final String PACKED = "MILLRACE_VARIABLE_";

    /** What the programs in between see, besides what is packed. */
    static final Map<String, String> BASE = Map.of("PATH", "/usr/bin:/bin", "LANG", "C");

    /** Variables a shell adds to what it hands on, and those {@link #BASE} has. */
    private static final List<String> OF_SHELL = List.of("PWD", "OLDPWD", "SHLVL", "PATH", "LANG");

    /** Names a shell gives no new value, or keeps for itself. */
    private static final List<String> KEPT_BY_SHELL =
            List.of("_", "UID", "EUID", "PPID", "BASHOPTS", "BASH_VERSINFO", "SHELLOPTS", "IFS", "OPTIND", "PS4");

    /**
     * Arguments: variables to take away, numbers of those that are packed, the mark of their end, then the command. The
     * numbers are ours, so that they can be part of a program text; what the user gave never is. No variable of the
     * shell's own is used: it could be one of the user's.
     */
    private static final String UNPACK = """
        unset $1
        shift
        while [ "$1" != -- ]; do
          eval "export \\"\\$MILLRACE_VARIABLE_$1\\"; unset MILLRACE_VARIABLE_$1"
          shift
        done
        shift
        exec "$@"
        """;

    private static final String END_OF_NUMBERS = "--";

    private CarriedCommand() {}

    /**
     * What starts a command by way of other programs.
     *
     * @param programs what comes before the shell
     * @param preparation what the shell does first, one command a line
     * @param kept name of a variable that all of them see
     */
    static RunUser.Launch launch(
            List<String> programs,
            String preparation,
            List<String> command,
            Map<String, String> environment,
            String kept) {
        var names =
                environment.keySet().stream().filter(CarriedCommand::isForShell).toList();
        var carried = new HashMap<>(BASE);
        carried.put(kept, environment.getOrDefault(kept, ""));
        var arguments = new ArrayList<>(programs);
        arguments.addAll(List.of(SHELL, "-c", preparation + UNPACK, NAME));
        arguments.add(
                OF_SHELL.stream().filter(name -> !environment.containsKey(name)).collect(Collectors.joining(" ")));
        for (int i = 0; i < names.size(); i++) {
            carried.put(PACKED + i, names.get(i) + "=" + environment.get(names.get(i)));
            arguments.add(Integer.toString(i));
        }
        arguments.add(END_OF_NUMBERS);
        arguments.addAll(withOtherVariables(command, environment));
        return new RunUser.Launch(arguments, carried);
    }

    /** What a shell cannot set is set by {@code env(1)}; names that are no identifiers are rare. */
    private static List<String> withOtherVariables(List<String> command, Map<String, String> environment) {
        var others = environment.entrySet().stream()
                .filter(variable -> !isForShell(variable.getKey()))
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList();
        return others.isEmpty()
                ? command
                : Stream.of(List.of(ENV, "--"), others, command)
                        .flatMap(List::stream)
                        .toList();
    }

    private static boolean isForShell(String name) {
        return name.matches("[A-Za-z_][A-Za-z0-9_]*") && !KEPT_BY_SHELL.contains(name) && !name.startsWith(PACKED);
    }
}
