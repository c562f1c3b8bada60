package io.millrace.testkit.registry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The rows of {@code modules/contracts.md}, in their order, and the reasons of rows that are met in another way.
 *
 * @param rows by id
 * @param otherwise explanation by row id
 */
record ContractList(Map<String, Row> rows, Map<String, String> otherwise) {
    private static final Pattern ROW = Pattern.compile("\\| (?<id>[A-Z]-\\d{2,3}) \\|.*");
    private static final String OTHERWISE = "## Met in another way";

    /**
     * One requirement.
     *
     * @param kind one letter, explained in the file
     */
    record Row(String id, String kind, String requirement, String check) {}

    static ContractList read(Path file) throws IOException {
        return parse(Files.readAllLines(file));
    }

    /** @throws IllegalArgumentException naming the line, if a row is malformed, repeated or out of order */
    static ContractList parse(List<String> lines) {
        Map<String, Row> rows = new LinkedHashMap<>();
        Map<String, String> otherwise = new LinkedHashMap<>();
        boolean isOtherwise = false;
        for (String line : lines) {
            isOtherwise |= line.equals(OTHERWISE);
            if (!ROW.matcher(line).matches()) {
                continue;
            }
            if (isOtherwise) {
                List<String> cells = cells(line, 2);
                require(rows.containsKey(cells.get(0)), line, "explains a row that does not exist");
                require(otherwise.put(cells.get(0), cells.get(1)) == null, line, "is there twice");
            } else {
                List<String> cells = cells(line, 4);
                requireNext(rows, cells.get(0), line);
                rows.put(cells.get(0), new Row(cells.get(0), cells.get(1), cells.get(2), cells.get(3)));
            }
        }
        return new ContractList(Collections.unmodifiableMap(rows), Collections.unmodifiableMap(otherwise));
    }

    /** Numbers rise by one within a section, so a row that was lost in an edit is noticed. */
    private static void requireNext(Map<String, Row> rows, String id, String line) {
        char section = id.charAt(0);
        long inSection = rows.keySet().stream()
                .filter(other -> other.charAt(0) == section)
                .count();
        int number = Integer.parseInt(id.substring(2));
        require(number == inSection + 1, line, "should be number " + (inSection + 1) + " of section " + section);
    }

    private static List<String> cells(String line, int count) {
        String inside = line.strip();
        require(inside.endsWith("|"), line, "does not end with |");
        List<String> cells = new ArrayList<>();
        for (String cell : inside.substring(1, inside.length() - 1).split("\\|", -1)) {
            cells.add(cell.strip());
        }
        require(cells.size() == count, line, "has " + cells.size() + " cells, expected " + count);
        require(cells.stream().noneMatch(String::isEmpty), line, "has an empty cell");
        return cells;
    }

    private static void require(boolean isRight, String line, String fault) {
        if (!isRight) {
            throw new IllegalArgumentException("contract row " + fault + ": " + line);
        }
    }
}
