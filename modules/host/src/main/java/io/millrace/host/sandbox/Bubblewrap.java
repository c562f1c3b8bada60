package io.millrace.host.sandbox;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.host.system.LibC;
import io.millrace.host.system.PosixSpawn;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Locks commands up in namespaces of their own with {@code bwrap(1)}: they see no process but their own, cannot change
 * files but theirs, and do not see those of the node.
 *
 * <p>It stays as two processes besides the command: the one that was started, which leads the session and ends as the
 * command does, and the first process of the namespace, with which everything in it ends. Signals are for the command, so
 * that both hold them back; {@code env(1)} lets them through again, and the shell after it carries the variables
 * ({@link CarriedCommand}).
 *
 * <p>Not {@code --die-with-parent}: that follows the thread which started it. Not {@code --new-session}: it has one, with
 * a terminal of its own if any, and would lose that. Not {@code --disable-userns}: measured, it takes longer than everything
 * else together, and what is covered stays so in a namespace that a command makes.
 */
final class Bubblewrap {
    private static final List<String> PLACES = List.of("/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap");
    private static final int MESSAGE_CHARACTERS_MAX = 300;

    private static final List<String> NAMESPACES =
            List.of("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try");
    private static final List<String> LET_SIGNALS_THROUGH = List.of("/usr/bin/env", "--default-signal");

    private final Path program;
    private final NetworkAccess network;
    private final List<Path> hidden;

    private Bubblewrap(Path program, NetworkAccess network, List<Path> hidden) {
        this.program = program;
        this.network = network;
        this.hidden = List.copyOf(hidden);
    }

    /**
     * The one of this machine, absent if there is none.
     *
     * @param hidden directories and files that every command sees empty
     */
    static Optional<Bubblewrap> find(NetworkAccess network, List<Path> hidden) {
        return PLACES.stream()
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .map(found -> new Bubblewrap(found, network, hidden));
    }

    /** The same for a user who cannot reach every hidden place: what is closed needs no cover, and can have none. */
    Bubblewrap forUser(RunUser user) {
        var reached = hidden.stream().filter(place -> isReached(place, user)).toList();
        return new Bubblewrap(program, network, reached);
    }

    private static boolean isReached(Path place, RunUser user) {
        var parent = place.toAbsolutePath().getParent();
        return parent == null || user.obstacleToEnter(parent).isEmpty();
    }

    NetworkAccess network() {
        return network;
    }

    /**
     * The confinement of one command.
     *
     * @param home of its own
     * @param directory it starts in, which it may change as well
     * @throws io.millrace.contracts.MillraceException INVALID_ARGUMENT for a directory that no command sees
     */
    Confinement of(Path home, Path directory) throws IOException {
        if (!directory.equals(home) && FileView.isWithin(directory, hidden)) {
            throw Problem.of(
                            ErrorCode.INVALID_ARGUMENT,
                            "ProcessManager",
                            "The working directory '" + directory + "' is one of the node's own, which commands do not"
                                    + " see. Name another one, or leave it out for a fresh directory.")
                    .asException();
        }
        var view = view().writable(home).writable(directory);
        return new Confinement(programs(view, directory.toRealPath()));
    }

    private FileView view() {
        var view = new FileView();
        hidden.forEach(view::empty);
        return view;
    }

    private List<String> programs(FileView view, Path directory) {
        var programs = new ArrayList<>(List.of(program.toString()));
        programs.addAll(NAMESPACES);
        if (network == NetworkAccess.NONE) {
            programs.add("--unshare-net");
        }
        programs.addAll(view.arguments());
        programs.addAll(List.of("--chdir", directory.toString(), "--cap-drop", "ALL", "--"));
        programs.addAll(LET_SIGNALS_THROUGH);
        return programs;
    }

    /** Why a user's commands cannot be confined on this machine, found out by trying; absent if they can. */
    Optional<String> obstacle(RunUser user) {
        var command = Stream.of(user.programs(), programs(view(), Path.of("/")), List.of("true"))
                .flatMap(List::stream)
                .toList();
        try {
            int[] pipe = LibC.pipe();
            int pid;
            try {
                pid = PosixSpawn.spawn(
                        new PosixSpawn.Plan(command.getFirst(), command, CarriedCommand.BASE, "/", -1, -1, pipe[1]));
            } finally {
                LibC.close(pipe[1]);
            }
            String message = text(pipe[0]);
            return LibC.reapKilled(pid) == 0
                    ? Optional.empty()
                    : Optional.of(program + " does not work here: " + message);
        } catch (IOException e) {
            return Optional.of(program + " cannot be started: " + e.getMessage());
        }
    }

    private static String text(int pipe) throws IOException {
        try (InputStream errors = Files.newInputStream(Path.of("/proc/self/fd/" + pipe))) {
            String text = new String(errors.readAllBytes(), StandardCharsets.UTF_8).strip();
            return text.length() <= MESSAGE_CHARACTERS_MAX ? text : text.substring(0, MESSAGE_CHARACTERS_MAX);
        } finally {
            LibC.close(pipe);
        }
    }
}
