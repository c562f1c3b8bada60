package io.millrace.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs three nodes under a mixed load for as long as asked and judges what has grown. Started by {@code scripts/soak}.
 *
 * <p>Options: {@code --minutes N}, 1 to 1,440, 30 unless given; {@code --json FILE} for the results as JSON. Ends with
 * status 1 if a bound was not met.
 */
public final class Soak {
    private static final int MINUTES_MAX = 1_440;
    private static final int MINUTES_DEFAULT = 30;

    private Soak() {}

    public static void main(String[] arguments) throws Exception {
        int minutes = MINUTES_DEFAULT;
        @Nullable Path json = null;
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--minutes" -> minutes = Integer.parseInt(arguments[i + 1]);
                case "--json" -> json = Path.of(arguments[i + 1]).toAbsolutePath();
                default -> throw unknown(arguments[i]);
            }
        }
        if (arguments.length % 2 != 0) {
            throw unknown(arguments[arguments.length - 1]);
        }
        if (minutes < 1 || minutes > MINUTES_MAX) {
            throw new IllegalArgumentException(
                    "--minutes is " + minutes + " and has to be between 1 and " + MINUTES_MAX + ".");
        }
        boolean isMet = run(minutes, json);
        System.exit(isMet ? 0 : 1);
    }

    private static boolean run(int minutes, @Nullable Path json) throws Exception {
        Path data = Files.createTempDirectory("millrace-soak");
        Map<String, String> machine = Machine.describe();
        machine.forEach((name, value) -> System.out.printf("%-18s %s%n", name, value));
        System.out.println();
        Report report = new Report(System.out);
        try (ClusterUnderTest cluster = ClusterUnderTest.start(Path.of("").toAbsolutePath(), data.resolve("cluster"))) {
            SoakBenchmark.measure(cluster, TimeUnit.MINUTES.toSeconds(minutes), report);
        } finally {
            Bench.removeTree(data);
        }
        if (json != null) {
            report.writeJson(json, machine);
        }
        return report.isMet();
    }

    private static IllegalArgumentException unknown(String word) {
        return new IllegalArgumentException("Cannot make sense of " + word + ". Use --minutes N and --json FILE.");
    }
}
