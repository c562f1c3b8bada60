package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Measures a node from outside and prints bound, measured value and verdict. Started by {@code scripts/bench}.
 *
 * <p>Options: {@code --short} for a run of about a quarter of an hour, {@code --only a,b} for some measurements,
 * {@code --json FILE} for the results as JSON.
 */
public final class Bench {
    private static final Map<String, Measurement> MEASUREMENTS = measurements();

    private Bench() {}

    /** One thing that is measured. */
    interface Measurement {
        void run(Setting setting, Report report) throws IOException, InterruptedException;
    }

    /**
     * Where and how long to measure.
     *
     * @param project root of the source tree
     * @param data directory for the node's data, removed afterwards
     * @param seconds length of one measured interval
     * @param scale jobs where a number of jobs is measured
     */
    record Setting(NodeUnderTest node, Path project, Path data, int seconds, int scale) {}

    public static void main(String[] arguments) throws Exception {
        Options options = Options.parse(arguments);
        Path project = Path.of("").toAbsolutePath();
        Path data = Files.createTempDirectory("millrace-bench");
        Map<String, String> machine = Machine.describe();
        machine.forEach((name, value) -> System.out.printf("%-18s %s%n", name, value));
        System.out.println();
        try (NodeUnderTest node = NodeUnderTest.start(project, data)) {
            Report report = new Report(System.out);
            Setting setting =
                    new Setting(node, project, data, options.isShort() ? 4 : 15, options.isShort() ? 20_000 : 200_000);
            for (String name : options.only().isEmpty() ? MEASUREMENTS.keySet() : options.only()) {
                measurement(name).run(setting, report);
            }
            if (options.json() != null) {
                report.writeJson(options.json(), machine);
            }
        } finally {
            removeTree(data);
        }
    }

    private static Measurement measurement(String name) {
        Measurement measurement = MEASUREMENTS.get(name);
        if (measurement == null) {
            throw new IllegalArgumentException(
                    "There is no measurement '" + name + "'. Choose from " + MEASUREMENTS.keySet() + ".");
        }
        return measurement;
    }

    private static Map<String, Measurement> measurements() {
        Map<String, Measurement> all = new LinkedHashMap<>();
        all.put("idle", new IdleBenchmark());
        all.put("start-latency", new StartLatencyBenchmark());
        all.put("submit", new SubmitBenchmark());
        all.put("batch", new BatchSubmitBenchmark());
        all.put("drain", new DrainBenchmark());
        all.put("process", new ProcessBenchmark());
        all.put("output", new OutputBenchmark());
        all.put("threads", new ThreadsBenchmark());
        all.put("locks", new LocksBenchmark());
        all.put("resources", new ResourcesBenchmark());
        all.put("buffers", new BufferBenchmark());
        all.put("cleanups", new CleanupsBenchmark());
        all.put("messages", new MessagesBenchmark());
        all.put("actor-cost", new ActorCostBenchmark());
        all.put("soak", new SoakBenchmark());
        all.put("startup", new StartupBenchmark());
        return all;
    }

    static void removeTree(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** What the command line asked for. */
    private record Options(
            boolean isShort, Set<String> only, @Nullable Path json) {
        static Options parse(String[] arguments) {
            boolean isShort = false;
            Set<String> only = new TreeSet<>();
            Path json = null;
            for (int i = 0; i < arguments.length; i++) {
                switch (arguments[i]) {
                    case "--short" -> isShort = true;
                    case "--only" -> only.addAll(List.of(value(arguments, ++i).split(",")));
                    case "--json" -> json = Path.of(value(arguments, ++i)).toAbsolutePath();
                    default ->
                        throw new IllegalArgumentException(
                                "Unknown option " + arguments[i] + ". Use --short, --only NAME,NAME or --json FILE.");
                }
            }
            return new Options(isShort, only, json);
        }

        private static String value(String[] arguments, int index) {
            if (index >= arguments.length) {
                throw new IllegalArgumentException(arguments[index - 1] + " needs a value.");
            }
            return arguments[index];
        }
    }
}
