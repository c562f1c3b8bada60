package io.millrace.api.v1;

import io.millrace.contracts.work.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what a job or a cleanup task runs: a command or a handler. */
final class WorkReader {
    private static final List<String> PROCESS_FIELDS = List.of("command", "env", "stdin", "workingDirectory");
    private static final List<String> HANDLER_FIELDS = List.of("name", "input");

    /** The command at the current value; null if that is null. */
    static Work.@Nullable Process process(JsonInput in, String path) {
        if (!in.isObject(path)) {
            return null;
        }
        List<String> command = null;
        Map<String, String> env = Map.of();
        String stdin = "";
        String workingDirectory = null;
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            String field = path + "." + name;
            switch (name) {
                case "command" -> command = readCommand(in, field);
                case "env" -> env = FieldRules.env(in, field);
                case "stdin" -> stdin = orEmpty(in.text(field));
                case "workingDirectory" -> workingDirectory = readWorkingDirectory(in, field);
                case "script" -> in.notOffered(field);
                default -> in.unknownField(path, name, PROCESS_FIELDS);
            }
        }
        if (command == null) {
            in.violation(path + ".command", "must be given: the program and its arguments");
            command = List.of();
        }
        return new Work.Process(command, env, stdin, workingDirectory);
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

    private static List<String> readCommand(JsonInput in, String path) {
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

    private static @Nullable String readWorkingDirectory(JsonInput in, String path) {
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
