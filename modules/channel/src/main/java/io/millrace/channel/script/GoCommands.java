package io.millrace.channel.script;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** What the Go tool can do with a module, and the programs in its root and in {@code cmd}. */
final class GoCommands implements ScriptSource {
    private static final String FILE = "go.mod";
    private static final String TOOL = "go";
    private static final String PROGRAMS = "cmd";
    private static final Pattern PROGRAM = Pattern.compile("package +main\\b");

    @Override
    public void find(ProjectDirectory directory) {
        if (directory.text(FILE).isEmpty()) {
            return;
        }
        directory.add(TOOL, "build", FILE, "", List.of(TOOL, "build", "./..."));
        directory.add(TOOL, "test", FILE, "", List.of(TOOL, "test", "./..."));
        if (isProgram(directory, ".")) {
            directory.add(TOOL, "run", FILE, "", List.of(TOOL, "run", "."));
        }
        directory.entries(PROGRAMS).stream()
                .map(entry -> entry.getFileName().toString())
                .filter(name -> isProgram(directory, PROGRAMS + "/" + name))
                .forEach(name -> directory.add(
                        TOOL, "run:" + name, FILE, "", List.of(TOOL, "run", "./" + PROGRAMS + "/" + name)));
    }

    /** True if a file of the package says so. Tests and files that are built on request only say nothing. */
    private static boolean isProgram(ProjectDirectory directory, String name) {
        return directory.entries(name).stream()
                .map(Path::getFileName)
                .map(Path::toString)
                .filter(file -> file.endsWith(".go") && !file.endsWith("_test.go"))
                .anyMatch(file -> isOfProgram(directory.lines(name + "/" + file)));
    }

    private static boolean isOfProgram(List<String> lines) {
        for (String line : lines) {
            if (line.startsWith("//go:build ignore")) {
                return false;
            }
            if (line.startsWith("package ")) {
                return PROGRAM.matcher(line).lookingAt();
            }
        }
        return false;
    }
}
