package io.millrace.domain.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/** Where every command leads from every state, as text to compare with and as a diagram to look at. */
final class TransitionTable {
    static final String REFUSED = "refused";
    static final String NOTHING = "-";
    static final String RECORDED = "recorded";

    private static final Path SOURCES = Path.of("src/main/java/io/millrace/domain/channel");
    private static final boolean IS_UPDATE = Boolean.getBoolean("diagrams.update");

    private final List<String> states;
    private final Map<String, List<String>> rows = new LinkedHashMap<>();

    /** Tries every command in every state. */
    TransitionTable(List<String> states, List<String> commands, BiFunction<String, String, String> outcome) {
        this.states = states;
        for (String command : commands) {
            rows.put(
                    command,
                    states.stream().map(state -> outcome.apply(state, command)).toList());
        }
    }

    /** One line per command, one column per state. */
    String asText() {
        List<String> lines = new ArrayList<>();
        lines.add(line("", states));
        rows.forEach((command, outcomes) -> lines.add(line(command, outcomes)));
        return String.join("\n", lines) + "\n";
    }

    /** Every state that some command leads to. */
    Set<String> reached() {
        return rows.values().stream()
                .flatMap(List::stream)
                .filter(states::contains)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * Compares the diagram beside the sources with this table, or writes it if asked to.
     *
     * @param nothing the state in which the thing is not there
     */
    void assertDrawnIn(String file, String title, String nothing) {
        Path path = SOURCES.resolve(file);
        String drawn = asDiagram(title, nothing);
        try {
            if (IS_UPDATE) {
                Files.writeString(path, drawn);
            }
            assertThat(Files.exists(path) ? Files.readString(path) : "")
                    .as("%s is out of date; run this test with -Ddiagrams.update=true and look at the difference", path)
                    .isEqualTo(drawn);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String asDiagram(String title, String nothing) {
        Map<String, Set<String>> arrows = new LinkedHashMap<>();
        for (int column = 0; column < states.size(); column++) {
            for (Map.Entry<String, List<String>> row : rows.entrySet()) {
                String to = row.getValue().get(column);
                if (states.contains(to)) {
                    arrows.computeIfAbsent(
                                    node(states.get(column), nothing) + " --> " + node(to, nothing),
                                    _ -> new LinkedHashSet<>())
                            .add(row.getKey());
                }
            }
        }
        StringBuilder diagram = new StringBuilder("@startuml\n' Generated from the tests; do not edit.\ntitle ")
                .append(title)
                .append("\nhide empty description\n");
        arrows.forEach((arrow, commands) -> diagram.append(arrow)
                .append(" : ")
                .append(String.join("\\n", commands))
                .append('\n'));
        return diagram.append("@enduml\n").toString();
    }

    private static String node(String state, String nothing) {
        return state.equals(nothing) ? "[*]" : state;
    }

    private static String line(String command, List<String> cells) {
        return cells.stream()
                .map(cell -> " | " + pad(cell, 9))
                .collect(Collectors.joining("", pad(command, 30), ""))
                .stripTrailing();
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
