package io.millrace.host.supervise;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.host.StartOrder;
import io.millrace.host.sandbox.Confinement;
import io.millrace.host.sandbox.RunUser;
import io.millrace.host.system.LibC;
import io.millrace.host.system.PosixSpawn;
import io.millrace.host.system.PseudoTerminal;
import io.millrace.host.tree.ProcessTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What exactly is started for an order: the program file, the environment and the working directory. Everything a user
 * can get wrong is found here, before anything is started, so that the message can be exact.
 *
 * @param executable path of the program, absolute or relative to the working directory
 * @param arguments as the user gave them, the command's name first
 */
record LaunchPlan(String executable, List<String> arguments, Map<String, String> environment, Path workingDirectory) {
    private static final String COMPONENT = "ProcessManager";
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final String PATH = "PATH";

    /**
     * Works out how to start a command. Looks at files, so it runs where that may block.
     *
     * @param added variables of the host's own, which nothing in the order overrides
     * @param user whom the command will run as
     * @throws MillraceException INVALID_ARGUMENT if the command, its environment or its directory cannot work; the same
     *     order would fail again
     */
    static LaunchPlan of(StartOrder order, Map<String, String> added, RunUser user) {
        requireNoNul(order.command());
        var environment = environment(order, added);
        var directory = workingDirectory(order.workingDirectory(), Path.of(order.home()), user);
        String command = order.command().getFirst();
        String executable = command.contains("/")
                ? checkedFile(command, directory, user)
                : foundInPath(command, environment.getOrDefault(PATH, DEFAULT_PATH), directory, searched(order), user);
        return new LaunchPlan(executable, order.command(), environment, directory);
    }

    private static Map<String, String> environment(StartOrder order, Map<String, String> added) {
        var environment = new HashMap<String, String>();
        environment.put(PATH, System.getenv().getOrDefault(PATH, DEFAULT_PATH));
        environment.put("HOME", order.home());
        environment.put("TMPDIR", order.home());
        environment.put("LANG", "C.UTF-8");
        if (order.terminal()) {
            environment.put("TERM", PseudoTerminal.TYPE);
        }
        environment.putAll(order.env());
        environment.putAll(added);
        environment.forEach((name, value) -> requireVariable(name, value));
        return environment;
    }

    /** How a message names where a command was looked for: what users set is theirs to see, the node's own PATH is not. */
    private static String searched(StartOrder order) {
        String chosen = order.env().get(PATH);
        return chosen == null || !order.namesOwnPath() ? "the PATH of the node" : "PATH (" + chosen + ") on this node";
    }

    private static void requireNoNul(List<String> command) {
        if (command.stream().anyMatch(argument -> argument.indexOf('\0') >= 0)) {
            throw invalid("An argument of the command contains a NUL character, which no process can be given.", null);
        }
    }

    private static void requireVariable(String name, String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0 || value.indexOf('\0') >= 0) {
            throw invalid(
                    "The environment variable '" + name + "' cannot be given to a process. Use a name without '=' and "
                            + "no NUL characters.",
                    null);
        }
    }

    /**
     * The same command, started as a user and locked up.
     *
     * @throws PosixSpawn.SpawnException for a file the system would refuse to start
     */
    LaunchPlan as(RunUser user, Confinement confinement) throws IOException {
        if (!user.isOther() && !confinement.isAny()) {
            return this;
        }
        StartableFile.require(this);
        var launch = user.launch(shellCommand(), environment, ProcessTree.COOKIE, confinement);
        return new LaunchPlan(
                launch.arguments().getFirst(), launch.arguments(), launch.environment(), workingDirectory);
    }

    /**
     * The command as a shell is given it, which finds it where it was found before. A name like an option is given as a
     * path.
     */
    List<String> shellCommand() {
        if (!arguments.getFirst().startsWith("-")) {
            return arguments;
        }
        return Stream.concat(Stream.of(executable), arguments.stream().skip(1)).toList();
    }

    private static Path workingDirectory(@Nullable String named, Path home, RunUser user) {
        if (named == null) {
            requireHome(home, user);
            return home;
        }
        var directory = Path.of(named);
        String problem = null;
        if (!directory.isAbsolute()) {
            problem = "is relative. Give an absolute path, or leave it out for a fresh directory.";
        } else if (!Files.exists(directory)) {
            problem = "does not exist on this node. Create it, or leave it out for a fresh directory.";
        } else if (!Files.isDirectory(directory)) {
            problem = "is not a directory. Name a directory, or leave it out for a fresh one.";
        } else {
            problem = user.obstacleToEnter(directory)
                    .map(obstacle -> "cannot be entered by " + user.name() + ". " + user.advice(obstacle)
                            + " Or leave it out for a fresh directory.")
                    .orElse(null);
        }
        if (problem != null) {
            throw invalid("The working directory '" + named + "' " + problem, named);
        }
        return directory;
    }

    /** The node makes homes where their users can reach them, unless somebody closed a directory since. */
    private static void requireHome(Path home, RunUser user) {
        if (user.isOther()) {
            user.obstacleToEnter(home).ifPresent(obstacle -> {
                throw invalid(
                        "The fresh directory of the command cannot be entered by " + user.name() + ". "
                                + user.advice(obstacle),
                        home.toString());
            });
        }
    }

    private static String checkedFile(String command, Path directory, RunUser user) {
        var file = directory.resolve(command);
        if (!Files.exists(file)) {
            throw invalid(
                    "The command '" + command + "' does not exist on this node"
                            + (file.isAbsolute() && command.startsWith("/")
                                    ? "."
                                    : " (looked for in " + directory + ").")
                            + " Install it, or correct the path.",
                    command);
        }
        requireProgram(command, file, user);
        return command;
    }

    private static String foundInPath(String command, String path, Path directory, String searched, RunUser user) {
        Path unusable = null;
        for (String entry : path.split(":", -1)) {
            var file = directory.resolve(entry).resolve(command);
            if (Files.isRegularFile(file) && user.seemsAbleToExecute(file)) {
                return file.toString();
            }
            unusable = unusable == null && Files.exists(file) && !Files.isDirectory(file) ? file : unusable;
        }
        if (unusable != null) {
            requireProgram(command, unusable, user);
            return unusable.toString();
        }
        throw invalid(
                "The command '" + command + "' was not found in " + searched + ". Install it, give its full path, or "
                        + "set PATH in the job's env.",
                command);
    }

    private static void requireProgram(String command, Path file, RunUser user) {
        if (Files.isDirectory(file)) {
            throw invalid("The command '" + command + "' is a directory. Name a program in it.", command);
        }
        user.obstacleToExecute(file).ifPresent(obstacle -> {
            throw invalid(
                    "The command '" + file + "' is not executable by " + user.name() + ". " + user.advice(obstacle)
                            + " A script can also be started through its interpreter, for example [\"sh\", \"" + command
                            + "\"].",
                    command);
        });
    }

    /** What the system's refusal to start a process means to the user. */
    Problem problem(PosixSpawn.SpawnException refusal) {
        String command = arguments.getFirst();
        return switch (refusal.error()) {
            case LibC.ENOEXEC ->
                invalid(
                                "The command '" + command + "' is no program for this machine and does not begin with "
                                        + "'#!'. Start it through its interpreter, for example [\"sh\", \"" + command
                                        + "\"].",
                                command)
                        .problem();
            case LibC.E2BIG ->
                invalid(
                                "The arguments and environment of '" + command + "' are larger than the system allows. "
                                        + "Pass the data on standard input or in a file.",
                                command)
                        .problem();
            case LibC.ENOENT, LibC.ENOTDIR ->
                invalid(
                                "The command '" + command + "' cannot be started: it, its interpreter or its working "
                                        + "directory is missing.",
                                command)
                        .problem();
            case LibC.EACCES, LibC.EPERM ->
                invalid("The node's user may not start '" + command + "'. Change the file's permissions.", command)
                        .problem();
            default ->
                Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The system could not start '" + command + "': " + refusal.getMessage()
                                + ". It may be short of memory, processes or open files; try again later.",
                        Map.of("command", command));
        };
    }

    private static MillraceException invalid(String detail, @Nullable String value) {
        Map<String, Object> context = value == null ? Map.of() : Map.of("value", value);
        return Problem.of(ErrorCode.INVALID_ARGUMENT, COMPONENT, detail, context)
                .asException();
    }
}
