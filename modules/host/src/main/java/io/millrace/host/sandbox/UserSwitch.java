package io.millrace.host.sandbox;

import io.millrace.host.system.LibC;
import io.millrace.host.system.PosixSpawn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Starts a command as another user, with one group, no capabilities, and no way to gain privileges: {@code setpriv(1)}
 * changes the user and becomes a shell, which puts the command's environment and its limits in force and becomes the
 * command. Process id, session, standard streams and the way it ends are the command's.
 *
 * <p>Why not a thread of the host that changes its own user and then starts the command, without any program in between:
 * whoever may signal one thread of a process may kill all of it. A command could kill the host through that thread, which
 * was tried and works ({@code kill} with the thread's number).
 *
 * <p>Why the shell: {@code setpriv} still runs as root, so that the command's variables are carried past it
 * ({@link CarriedCommand}).
 */
final class UserSwitch {
    private static final List<String> PLACES = List.of("/usr/bin/setpriv", "/bin/setpriv", "/usr/local/bin/setpriv");

    /** What the shell does before it becomes the command. */
    private static final String PREPARATION = """
        umask 077
        ulimit -c 0
        """;

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
            var launch = launch(uid, gid, command, CarriedCommand.BASE, "PATH", Confinement.NONE);
            int pid = PosixSpawn.spawn(new PosixSpawn.Plan(
                    launch.arguments().getFirst(), launch.arguments(), launch.environment(), "/", -1, -1, -1));
            return LibC.reapKilled(pid) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    RunUser.Launch launch(
            int uid,
            int gid,
            List<String> command,
            Map<String, String> environment,
            String kept,
            Confinement confinement) {
        var programs = new ArrayList<>(programs(uid, gid));
        programs.addAll(confinement.programs());
        return CarriedCommand.launch(programs, confinement.preparation() + PREPARATION, command, environment, kept);
    }

    /** What becomes the user and goes on with the arguments that follow. */
    List<String> programs(int uid, int gid) {
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
}
