package io.millrace.host.sandbox;

import io.millrace.host.system.LibC;
import io.millrace.host.system.PosixSpawn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Starts a command as another user, with one group, no capabilities, and no way to gain privileges: {@code setpriv(1)}
 * changes the user and becomes a shell, which puts the command's environment and its limits in force and becomes the
 * command. Process id, session, standard streams and the way it ends are the command's.
 *
 * <p>Why not a thread of the host that changes its own user and then starts the command, without any program in between:
 * whoever may signal one thread of a process may kill all of it. A command could kill the host through that thread, which
 * was tried and works ({@code kill} with the thread's number).
 *
 * <p>Why the shell: {@code setpriv} still runs as root, and variables such as {@code LD_PRELOAD} would make it load what
 * the user names. It therefore sees none of them; each travels as the value of a numbered variable until the shell, which
 * runs as the command's user, unpacks it.
 */
final class UserSwitch {
    private static final List<String> PLACES = List.of("/usr/bin/setpriv", "/bin/setpriv", "/usr/local/bin/setpriv");
    private static final String SHELL = "/bin/sh";
    private static final String ENV = "/usr/bin/env";
    private static final String NAME = "millrace";
    private static final String PACKED = "MILLRACE_VARIABLE_";
    private static final Map<String, String> BASE = Map.of("PATH", "/usr/bin:/bin", "LANG", "C");

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
    private static final String SCRIPT = """
            umask 077
            ulimit -c 0
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

    private final Path setpriv;

    private UserSwitch(Path setpriv) {
        this.setpriv = setpriv;
    }

    /** The switch of this machine, absent without the program it takes. */
    static Optional<UserSwitch> find() {
        return PLACES.stream()
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .map(UserSwitch::new);
    }

    /** Why this process cannot become the user, absent if it can. */
    Optional<String> obstacle(int uid, int gid) {
        return runs(uid, gid, List.of("true"))
                ? Optional.empty()
                : Optional.of(
                        setpriv + " cannot become user " + uid + "; the node may lack the capabilities CAP_SETUID,"
                                + " CAP_SETGID and CAP_SETPCAP, or run in a user namespace without that user");
    }

    /** True if a command ends with 0 for the user. Waits for it. */
    boolean runs(int uid, int gid, List<String> command) {
        try {
            var launch = launch(uid, gid, command, BASE, "PATH");
            int pid = PosixSpawn.spawn(new PosixSpawn.Plan(
                    launch.arguments().getFirst(), launch.arguments(), launch.environment(), "/", -1, -1, -1));
            return LibC.reapKilled(pid) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    RunUser.Launch launch(int uid, int gid, List<String> command, Map<String, String> environment, String kept) {
        var names = environment.keySet().stream().filter(UserSwitch::isForShell).toList();
        var carried = new HashMap<>(BASE);
        carried.put(kept, environment.getOrDefault(kept, ""));
        var arguments = new ArrayList<>(privileges(uid, gid));
        arguments.addAll(List.of(SHELL, "-c", SCRIPT, NAME));
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

    private List<String> privileges(int uid, int gid) {
        return List.of(
                setpriv.toString(),
                "--reuid=" + uid,
                "--regid=" + gid,
                "--clear-groups",
                "--no-new-privs",
                "--bounding-set=-all",
                "--inh-caps=-all",
                "--");
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
