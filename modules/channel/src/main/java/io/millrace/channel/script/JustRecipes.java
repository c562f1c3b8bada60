package io.millrace.channel.script;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Recipes of a {@code justfile} that need no argument and are not private, with the comment above each. Recipes of imported
 * files are not looked for.
 */
final class JustRecipes implements ScriptSource {
    private static final String TOOL = "just";
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]*");

    @Override
    public void find(ProjectDirectory directory) {
        directory.firstOf("justfile", "Justfile", ".justfile").ifPresent(file -> {
            String comment = "";
            boolean isPrivate = false;
            for (String line : directory.lines(file)) {
                if (line.startsWith("#")) {
                    comment = line.substring(1);
                } else if (line.startsWith("[")) {
                    isPrivate |= line.contains("private");
                } else {
                    String name = isPrivate ? "" : recipe(line);
                    if (!name.isEmpty()) {
                        directory.add(TOOL, name, file, comment, List.of(TOOL, name));
                    }
                    comment = "";
                    isPrivate = false;
                }
            }
        });
    }

    /** Name of the recipe that a line begins; empty if it begins none that can be run without an argument. */
    private static String recipe(String line) {
        int colon = line.indexOf(':');
        if (colon < 0 || line.startsWith(":=", colon) || line.startsWith(" ") || line.startsWith("\t")) {
            return "";
        }
        String[] words = line.substring(line.startsWith("@") ? 1 : 0, colon).split("\\s+", 3);
        boolean needsArgument =
                words.length > 1 && !words[1].isEmpty() && !words[1].contains("=") && !words[1].startsWith("*");
        return !needsArgument && NAME.matcher(words[0]).matches() ? words[0] : "";
    }
}
