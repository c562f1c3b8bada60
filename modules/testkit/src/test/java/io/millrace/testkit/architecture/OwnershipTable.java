package io.millrace.testkit.architecture;

import io.millrace.testkit.project.ProjectTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The table "Who owns what" of {@code modules/README.md}: by class, the words that say how access to it is ordered.
 *
 * @param words that the list above the table explains
 * @param orders words by class
 */
record OwnershipTable(Set<String> words, Map<String, Set<String>> orders) {
    private static final String HEADING = "## Who owns what";
    private static final Pattern WORD = Pattern.compile("- \\*(\\w+)\\*: .+");
    private static final Pattern ROW = Pattern.compile("\\| (`.+`) \\| ([^|]+) \\| ([^|]+) \\|");

    static OwnershipTable read() {
        try {
            return parse(Files.readAllLines(ProjectTree.path("modules/README.md")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws IllegalArgumentException if a class is there twice */
    static OwnershipTable parse(List<String> lines) {
        Set<String> words = new TreeSet<>();
        Map<String, Set<String>> orders = new TreeMap<>();
        for (String line : section(lines)) {
            var word = WORD.matcher(line);
            if (word.matches()) {
                words.add(word.group(1));
            }
            var row = ROW.matcher(line);
            if (row.matches()) {
                for (String name : row.group(1).replace("`", "").split(", ", -1)) {
                    if (orders.put(name, Set.of(row.group(3).split(", ", -1))) != null) {
                        throw new IllegalArgumentException(name + " is there twice");
                    }
                }
            }
        }
        return new OwnershipTable(words, orders);
    }

    private static List<String> section(List<String> lines) {
        List<String> section = new ArrayList<>();
        boolean isInside = false;
        for (String line : lines) {
            isInside = line.startsWith("## ") ? line.equals(HEADING) : isInside;
            if (isInside) {
                section.add(line);
            }
        }
        return section;
    }
}
