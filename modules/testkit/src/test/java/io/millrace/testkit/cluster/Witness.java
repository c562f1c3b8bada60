package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a command itself says of its runs, independent of Millrace: each run appends a line when it starts and then one every
 * {@link #TICK} for as long as it lives. All runs append to one file of this machine, so that the order of its lines is that
 * in which they were written, whatever node the run was on.
 *
 * @param file the lines: what happened, number of the run, its process id, seconds since the start of the machine
 */
record Witness(Path file) {
    static final Duration TICK = Duration.ofMillis(50);

    private static final Path UPTIME = Path.of("/proc/uptime");

    private static final String SCRIPT = """
        witness() {
            read -r seconds _ < /proc/uptime
            echo "$1 $MILLRACE_ATTEMPT $$ $seconds" >> "$file"
        }
        file=$1
        witness start
        while :; do
            sleep 0.05
            witness tick
        done
        """;

    /** One line. */
    record Line(String what, int run, int pid, Duration at) {
        private static Line parse(String text) {
            String[] fields = text.split(" ", -1);
            return new Line(fields[0], Integer.parseInt(fields[1]), Integer.parseInt(fields[2]), seconds(fields[3]));
        }
    }

    /** Writes the script whose one argument is the file of a witness. */
    static Path script(Path path) throws IOException {
        return Files.writeString(path, SCRIPT);
    }

    /** The time that lines written now would bear. */
    static Duration now() throws IOException {
        String uptime = Files.readString(UPTIME);
        return seconds(uptime.substring(0, uptime.indexOf(' ')));
    }

    private static Duration seconds(String text) {
        return Duration.ofMillis(Math.round(Double.parseDouble(text) * 1_000));
    }

    /** What was written so far. */
    List<Line> lines() {
        try {
            return Files.exists(file)
                    ? Files.readAllLines(file).stream().map(Line::parse).toList()
                    : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of them with which a run began. */
    List<Line> starts() {
        return lines().stream().filter(line -> line.what().equals("start")).toList();
    }

    /** Process id of the run with a number, 0 if there was none so far. */
    int pidOf(int run) {
        return lines().stream()
                .filter(line -> line.run() == run)
                .mapToInt(Line::pid)
                .findFirst()
                .orElse(0);
    }

    /** The longest time for which a run was heard of after a later one had begun, zero if none was. */
    Duration overlap() {
        Duration longest = Duration.ZERO;
        for (Line start : starts()) {
            for (Line line : lines()) {
                Duration overlap = line.run() < start.run() ? line.at().minus(start.at()) : Duration.ZERO;
                longest = overlap.compareTo(longest) > 0 ? overlap : longest;
            }
        }
        return longest;
    }

    /**
     * Fails unless the runs have the numbers from 1 to this, each started once and in this order, and none began before the
     * one before it had been silent for several ticks.
     */
    void assertRunsOneAfterTheOther(int count) {
        List<Line> all = lines();
        List<Line> starts = starts();
        List<Integer> numbers = new ArrayList<>();
        for (int run = 1; run <= count; run++) {
            numbers.add(run);
        }
        assertThat(starts).extracting(Line::run).as("starts in %s", file).containsExactlyElementsOf(numbers);
        for (Line start : starts.subList(1, starts.size())) {
            Line before = all.get(all.indexOf(start) - 1);
            assertThat(start.at().minus(before.at()))
                    .as("silence before %s", start)
                    .isGreaterThan(TICK.multipliedBy(4));
        }
        assertThat(all).extracting(Line::run).as("runs in %s", file).isSorted();
    }
}
