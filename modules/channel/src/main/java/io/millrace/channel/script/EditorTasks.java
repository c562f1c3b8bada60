package io.millrace.channel.script;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tasks of {@code .vscode/tasks.json} that run a process or a line of the shell. Of the variables of the editor only the
 * folder is known here: a task that needs another one is left out with a warning.
 */
final class EditorTasks implements ScriptSource {
    private static final String FILE = ".vscode/tasks.json";
    private static final String TOOL = "vscode";
    private static final Pattern FOLDER = Pattern.compile("\\$\\{(workspaceFolder|workspaceRoot|cwd)}");

    @Override
    public void find(ProjectDirectory directory) {
        directory
                .json(FILE)
                .ifPresent(settings -> settings.path("tasks").forEach(task -> {
                    String type = task.path("type").asText();
                    if (task.path("label").isTextual() && (type.equals("shell") || type.equals("process"))) {
                        add(directory, task, type.equals("shell"));
                    }
                }));
    }

    private static void add(ProjectDirectory directory, JsonNode task, boolean isForShell) {
        String label = task.path("label").asText();
        var words = words(task, isForShell).stream()
                .map(word -> FOLDER.matcher(word).replaceAll(_ -> quotedReplacement(directory)))
                .toList();
        var start =
                startDirectory(directory, setting(task, "options").path("cwd").asText());
        if (words.isEmpty()) {
            return;
        }
        if (start.isEmpty() || words.stream().anyMatch(word -> word.contains("${"))) {
            directory
                    .search()
                    .warn(FILE + ": the task '" + PlainText.of(label) + "' was left out. It uses a variable that "
                            + "only the editor knows, or a directory that is not below this one. Give its "
                            + "command instead.");
            return;
        }
        var command = isForShell ? List.of("/bin/sh", "-c", String.join(" ", words)) : words;
        String description = task.path("detail").asText(String.join(" ", words));
        directory.add(TOOL, label, FILE, description, command, start.get());
    }

    private static String quotedReplacement(ProjectDirectory directory) {
        return Matcher.quoteReplacement(directory.path().toString());
    }

    private static List<String> words(JsonNode task, boolean isForShell) {
        var words = new ArrayList<String>();
        words.add(word(setting(task, "command"), false));
        setting(task, "args").forEach(argument -> words.add(word(argument, isForShell)));
        return words.getFirst().isEmpty() ? List.of() : words;
    }

    /** What is set for this system counts before what is set for all. */
    private static JsonNode setting(JsonNode task, String name) {
        var own = task.path("linux").path(name);
        return own.isMissingNode() ? task.path(name) : own;
    }

    /** The editor, too, quotes an argument for the shell only if it has a blank or asks to be quoted. */
    private static String word(JsonNode word, boolean isForShell) {
        String text = word.isObject() ? word.path("value").asText() : word.asText();
        boolean isQuoted = isForShell && (word.isObject() || text.isEmpty() || text.indexOf(' ') >= 0);
        return isQuoted ? "'" + text.replace("'", "'\\''") + "'" : text;
    }

    private static Optional<Path> startDirectory(ProjectDirectory directory, String named) {
        try {
            var root = directory.path();
            String path = FOLDER.matcher(named).replaceAll(_ -> quotedReplacement(directory));
            var resolved = root.resolve(path).normalize();
            return Optional.of(resolved).filter(found -> found.startsWith(root) && !path.contains("${"));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
