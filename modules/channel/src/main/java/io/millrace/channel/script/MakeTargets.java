package io.millrace.channel.script;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Targets of the file that {@code make} reads, described by {@code ##} behind the rule or in the lines above it. Targets of
 * patterns, with variables or beginning with a dot are none that a person asks for, and of those with a path only the phony
 * ones are.
 */
final class MakeTargets implements ScriptSource {
    private static final String TOOL = "make";
    private static final String PHONY = ".PHONY";
    private static final String DESCRIPTION = "##";
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.@+/-]*");
    private static final Pattern LEADING_MARKS = Pattern.compile("^#+");
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Set<String> DIRECTIVES = Set.of(
            "ifeq",
            "ifneq",
            "ifdef",
            "ifndef",
            "else",
            "endif",
            "include",
            "-include",
            "sinclude",
            "export",
            "unexport",
            "override",
            "private",
            "undefine",
            "vpath",
            "define");

    @Override
    public void find(ProjectDirectory directory) {
        directory.firstOf("GNUmakefile", "makefile", "Makefile").ifPresent(file -> {
            var rules = new Rules();
            joined(directory.lines(file)).forEach(rules::read);
            rules.targets.forEach((target, description) -> {
                if (!target.contains("/") || rules.phony.contains(target)) {
                    directory.add(TOOL, target, file, description, List.of(TOOL, target));
                }
            });
        });
    }

    /** A backslash at its end continues a line. */
    private static List<String> joined(List<String> lines) {
        var joined = new ArrayList<String>();
        var current = new StringBuilder();
        for (String line : lines) {
            if (line.endsWith("\\")) {
                current.append(line, 0, line.length() - 1).append(' ');
            } else {
                joined.add(current.append(line).toString());
                current.setLength(0);
            }
        }
        joined.add(current.toString());
        return joined;
    }

    /** What was read so far. */
    private static final class Rules {
        private final Map<String, String> targets = new LinkedHashMap<>();
        private final Set<String> phony = new HashSet<>();
        private String descriptionAbove = "";
        private boolean isInDefinition;

        void read(String line) {
            String firstWord = BLANKS.split(line.strip(), 2)[0];
            if (isInDefinition || firstWord.equals("define")) {
                isInDefinition = !firstWord.equals("endef");
            } else if (line.startsWith(DESCRIPTION)) {
                descriptionAbove =
                        (descriptionAbove + " " + LEADING_MARKS.matcher(line).replaceFirst("")).strip();
            } else {
                if (!line.startsWith("\t") && !line.startsWith("#") && !DIRECTIVES.contains(firstWord)) {
                    readRule(line);
                }
                descriptionAbove = "";
            }
        }

        private void readRule(String line) {
            int colon = colon(line);
            if (colon < 0) {
                return;
            }
            String prerequisites = line.substring(colon + 1);
            int comment = prerequisites.indexOf(DESCRIPTION);
            String description =
                    comment < 0 ? descriptionAbove : prerequisites.substring(comment + DESCRIPTION.length());
            for (String target : words(line.substring(0, colon))) {
                if (target.equals(PHONY)) {
                    phony.addAll(words(prerequisites.split("#", 2)[0]));
                } else if (PLAIN.matcher(target).matches()) {
                    targets.merge(target, description, (first, second) -> first.isBlank() ? second : first);
                }
            }
        }

        private static List<String> words(String text) {
            return Arrays.asList(BLANKS.split(text.strip()));
        }

        /** Where the colon of a rule is; negative for an assignment or anything else. */
        private static int colon(String line) {
            int depth = 0;
            for (int i = 0; i < line.length(); i++) {
                switch (line.charAt(i)) {
                    case '(', '{' -> depth++;
                    case ')', '}' -> depth--;
                    case '=', '#' -> {
                        return -1;
                    }
                    case ':' -> {
                        if (depth == 0) {
                            return isAssignment(line, i) ? -1 : i;
                        }
                    }
                    default -> {}
                }
            }
            return -1;
        }

        private static boolean isAssignment(String line, int colon) {
            int end = colon;
            while (end < line.length() && line.charAt(end) == ':') {
                end++;
            }
            return end < line.length() && line.charAt(end) == '=';
        }
    }
}
