package io.millrace.api.v1;

import io.millrace.contracts.work.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what a job or a cleanup task runs: a command or a handler. */
final class WorkReader {
    private static final List<String> PROCESS_FIELDS =
            List.of("command", "env", "stdin", "workingDirectory", "script", "terminal", "ansi");
    private static final List<String> SCRIPT_FIELDS = List.of("name", "directory");
    private static final List<String> HANDLER_FIELDS = List.of("name", "input");

    private enum Scripts {
        TAKEN,
        REFUSED
    }

    /** The command at the current value; null if that is null. */
    static Work.@Nullable Process command(JsonInput in, String path) {
        return in.isObject(path) ? readProcess(in, path, Scripts.REFUSED) : null;
    }

    /** The command or the script at the current value; null if that is null. */
    static Work.@Nullable Process process(JsonInput in, String path) {
        return in.isObject(path) ? readProcess(in, path, Scripts.TAKEN) : null;
    }

    private static Work.Process readProcess(JsonInput in, String path, Scripts scripts) {
        List<String> command = null;
        Map<String, String> env = Map.of();
        String stdin = "";
        String workingDirectory = null;
        Work.Script script = null;
        boolean hasTerminal = false;
        boolean stripsAnsi = false;
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            String field = path + "." + name;
            switch (name) {
                case "command" -> command = in.isNull() ? null : readCommand(in, field);
                case "env" -> env = FieldRules.env(in, field);
                case "stdin" -> stdin = orEmpty(in.text(field));
                case "workingDirectory" -> workingDirectory = readWorkingDirectory(in, field);
                case "script" -> script = scripts == Scripts.TAKEN ? readScript(in, field) : refuseScript(in, field);
                case "terminal" -> hasTerminal = Boolean.TRUE.equals(in.truth(field));
                case "ansi" -> stripsAnsi = Boolean.TRUE.equals(in.oneOf(field, ProcessSpecReader.ANSI));
                default -> in.unknownField(path, name, PROCESS_FIELDS);
            }
        }
        requireOneWay(in, path, command, workingDirectory, script);
        return new Work.Process(
                command == null ? List.of() : command, env, stdin, workingDirectory, script, hasTerminal, stripsAnsi);
    }

    private static void requireOneWay(
            JsonInput in,
            String path,
            @Nullable List<String> command,
            @Nullable String workingDirectory,
            Work.@Nullable Script script) {
        if (script == null) {
            in.requireGiven(path + ".command", command, "must be given: the program and its arguments");
        } else if (command != null) {
            in.violation(path + ".script", "must be left out if 'command' is given");
        } else if (workingDirectory != null) {
            in.violation(path + ".workingDirectory", "must be left out: a script is started in its own directory");
        }
    }

    private static Work.@Nullable Script refuseScript(JsonInput in, String path) {
        in.notOffered(path);
        return null;
    }

    /** Keeps the place of a script that has violations; such a job is refused before anyone sees it. */
    private static Work.@Nullable Script readScript(JsonInput in, String path) {
        if (!in.isObject(path)) {
            return null;
        }
        String script = null;
        String directory = null;
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            String field = path + "." + name;
            switch (name) {
                case "name" -> script = FieldRules.name(in, field);
                case "directory" -> directory = readWorkingDirectory(in, field);
                default -> in.unknownField(path, name, SCRIPT_FIELDS);
            }
        }
        if (script == null || script.isBlank()) {
            in.violation(path + ".name", "must name a script; GET …/scripts?directory=… lists those of a directory");
        }
        in.requireGiven(path + ".directory", directory, "must be given: where the script is found and started");
        return new Work.Script(orEmpty(script), orEmpty(directory));
    }

    /** The handler at the current value; null if that is null. */
    static Work.@Nullable Handler handler(JsonInput in, String path) {
        if (!in.isObject(path)) {
            return null;
        }
        String handler = null;
        Object input = null;
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            String field = path + "." + name;
            switch (name) {
                case "name" -> handler = FieldRules.name(in, field);
                case "input" -> input = in.plainValue(field);
                default -> in.unknownField(path, name, HANDLER_FIELDS);
            }
        }
        if (handler == null || handler.isBlank()) {
            in.violation(path + ".name", "must name a handler");
            handler = "";
        }
        return new Work.Handler(handler, input);
    }

    /** An argument vector; reports what is wrong with it. */
    static List<String> readCommand(JsonInput in, String path) {
        List<String> command = new ArrayList<>();
        if (in.isArray(path)) {
            while (in.nextElement()) {
                String element = path + "[" + command.size() + "]";
                String argument = in.text(element);
                if (argument == null) {
                    in.violation(element, "must not be null");
                    argument = "";
                }
                FieldRules.requireNoNul(in, path, argument);
                command.add(argument);
            }
        }
        if (command.isEmpty()) {
            in.violation(path, "must not be empty");
        } else if (command.getFirst().isBlank()) {
            in.violation(path + "[0]", "must name a program");
        }
        return command;
    }

    /** A directory; null if the current value is null. */
    static @Nullable String readWorkingDirectory(JsonInput in, String path) {
        String directory = in.text(path);
        if (directory == null) {
            return null;
        }
        if (directory.isBlank()) {
            in.violation(path, "must not be empty; leave it out for a fresh directory");
        }
        FieldRules.requireNoNul(in, path, directory);
        return directory;
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private WorkReader() {}
}
