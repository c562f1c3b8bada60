package io.millrace.channel.process;

import io.millrace.host.system.PosixSpawn;
import io.millrace.host.system.LibC;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What exactly is started for a request: the program file, the environment and the working directory. Everything a user
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
     * Works out how to start a process. Looks at files, so it runs where that may block.
     *
     * @param home the attempt's own directory: its home, place for temporary files and, unless the user names another,
     *     its working directory
     * @throws MillraceException INVALID_ARGUMENT if the command, its environment or its directory cannot work; the same
     *     attempt would fail again
     */
    static LaunchPlan of(ProcessRequest request, Path home) {
        var work = request.work();
        requireNoNul(work.command());
        var environment = environment(request, home);
        var directory = workingDirectory(work.workingDirectory(), home);
        String command = work.command().getFirst();
        String executable = command.contains("/")
                ? checkedFile(command, directory)
                : foundInPath(command, environment.getOrDefault(PATH, DEFAULT_PATH), directory, searched(request));
        return new LaunchPlan(executable, work.command(), environment, directory);
    }

    private static Map<String, String> environment(ProcessRequest request, Path home) {
        var environment = new HashMap<String, String>();
        environment.put(PATH, System.getenv().getOrDefault(PATH, DEFAULT_PATH));
        environment.put("HOME", home.toString());
        environment.put("TMPDIR", home.toString());
        environment.put("LANG", "C.UTF-8");
        environment.putAll(request.env());
        environment.putAll(request.work().env());
        environment.put("MILLRACE_CHANNEL", request.channel().value());
        environment.put("MILLRACE_JOB_ID", request.actsFor().job().toString());
        environment.put("MILLRACE_ATTEMPT", Integer.toString(request.actsFor().number()));
        environment.put(
                "MILLRACE_FENCING_TOKEN", Long.toString(request.actsFor().epoch()));
        environment.forEach((name, value) -> requireVariable(name, value));
        return environment;
    }

    /** How a message names where a command was looked for: what users set is theirs to see, the node's own PATH is not. */
    private static String searched(ProcessRequest request) {
        String chosen = request.work().env().getOrDefault(PATH, request.env().get(PATH));
        return chosen == null ? "the PATH of the node" : "PATH (" + chosen + ") on this node";
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

    private static Path workingDirectory(@Nullable String named, Path home) {
        if (named == null) {
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
        } else if (!Files.isExecutable(directory)) {
            problem = "cannot be entered by the node's user. Change its permissions, or leave it out.";
        }
        if (problem != null) {
            throw invalid("The working directory '" + named + "' " + problem, named);
        }
        return directory;
    }

    private static String checkedFile(String command, Path directory) {
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
        requireProgram(command, file);
        return command;
    }

    private static String foundInPath(String command, String path, Path directory, String searched) {
        Path unusable = null;
        for (String entry : path.split(":", -1)) {
            var file = directory.resolve(entry).resolve(command);
            if (Files.isRegularFile(file) && Files.isExecutable(file)) {
                return file.toString();
            }
            unusable = unusable == null && Files.exists(file) && !Files.isDirectory(file) ? file : unusable;
        }
        if (unusable != null) {
            requireProgram(command, unusable);
        }
        throw invalid(
                "The command '" + command + "' was not found in " + searched + ". Install it, give its full path, or "
                        + "set PATH in the job's env.",
                command);
    }

    private static void requireProgram(String command, Path file) {
        if (Files.isDirectory(file)) {
            throw invalid("The command '" + command + "' is a directory. Name a program in it.", command);
        }
        if (!Files.isExecutable(file)) {
            throw invalid(
                    "The command '" + file + "' is not executable by the node's user. Make it executable (chmod +x), "
                            + "or start it through its interpreter, for example [\"sh\", \"" + command + "\"].",
                    command);
        }
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
