package io.millrace.testkit.cluster;

import io.millrace.testkit.cluster.LostCompanionDrill.Loss;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Does what can happen to nodes and companions while commands run, many times over, and prints for each drill the bound, the
 * worst that was measured, and the verdict. Started by {@code scripts/process-drill}.
 *
 * <p>Options: {@code --rounds N}, 1 to 1,000, 30 unless given; {@code --only NAME,NAME} for some drills; {@code --seed N} for
 * what is left to chance. Round {@code r}, counted from 0, has the seed {@code N + r}. Ends with status 1 if a round failed.
 */
public final class ProcessDrills {
    private static final int ROUNDS_DEFAULT = 30;
    private static final int ROUNDS_MAX = 1_000;
    private static final int TREES = 50;

    /** With the three processes that every tree has, 1,000 in all. */
    private static final int CHILDREN = 17;

    private static final Map<String, ProcessDrill> DRILLS = drills();

    private ProcessDrills() {}

    public static void main(String[] arguments) throws IOException {
        Options options = Options.parse(arguments);
        System.out.printf("seed %d, %d rounds each%n%n", options.seed, options.rounds);
        System.out.printf("%-16s %6s %6s %10s %10s  %-8s %s%n", "drill", "rounds", "failed", "bound", "worst", "", "");
        boolean isMet = true;
        for (String name : options.only) {
            isMet &= run(name, options);
        }
        System.exit(isMet ? 0 : 1);
    }

    private static Map<String, ProcessDrill> drills() {
        Map<String, ProcessDrill> all = new LinkedHashMap<>();
        all.put("node-killed", new KilledNodeDrill(TREES, CHILDREN));
        all.put("host-killed", new LostCompanionDrill(Loss.KILLED, TREES, CHILDREN));
        all.put("both-killed", new KilledBothDrill(TREES, CHILDREN));
        all.put("host-cut-off", new LostCompanionDrill(Loss.CUT_OFF, TREES, CHILDREN));
        all.put("node-restarted", new RestartedNodeDrill(10));
        all.put("node-paused", new PausedNodeDrill(Duration.ofSeconds(60)));
        all.put("host-paused", new LostCompanionDrill(Loss.STOPPED, TREES, CHILDREN));
        all.put("pids-reused", new ReusedPidsDrill());
        all.put("many-spawns", new ManySpawnsDrill(1_000));
        return all;
    }

    private static ProcessDrill drill(String name) {
        ProcessDrill drill = DRILLS.get(name);
        if (drill == null) {
            throw new IllegalArgumentException(
                    "There is no drill '" + name + "'. Choose from " + DRILLS.keySet() + ".");
        }
        return drill;
    }

    /** @return true if no round failed */
    private static boolean run(String name, Options options) throws IOException {
        @Nullable DrillResult worst = null;
        int failed = 0;
        for (int round = 0; round < options.rounds; round++) {
            DrillResult result = run(name, options.seed + round);
            if (result == null || !result.isMet()) {
                failed++;
            }
            if (result != null && (worst == null || result.measured() > worst.measured())) {
                worst = result;
            }
        }
        System.out.printf(
                "%-16s %6d %6d %10s %10s  %-8s %s%n",
                name,
                options.rounds,
                failed,
                worst == null ? "-" : "≤ " + number(worst.bound(), worst.unit()),
                worst == null ? "-" : number(worst.measured(), worst.unit()),
                failed == 0 ? "met" : "NOT MET",
                worst == null ? "" : worst.what());
        return failed == 0;
    }

    /** @return what one round has come to, nothing if it failed before it could be measured */
    private static @Nullable DrillResult run(String name, long seed) throws IOException {
        try (Nodes nodes = new Nodes()) {
            nodes.open();
            try {
                DrillResult result = drill(name).run(nodes, new SplittableRandom(seed));
                if (!result.isMet()) {
                    showFailure(name, seed, nodes, result.measured() + " " + result.unit() + " " + result.what());
                }
                return result;
            } catch (AssertionError | RuntimeException | IOException e) {
                showFailure(name, seed, nodes, e.toString());
                return null;
            }
        }
    }

    private static void showFailure(String name, long seed, Nodes nodes, String why) {
        nodes.showLogs();
        System.out.printf("%s failed: %s%n", name, why);
        System.out.printf("again: scripts/process-drill --only %s --rounds 1 --seed %d%n%n", name, seed);
    }

    private static String number(double value, String unit) {
        return unit.isEmpty()
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.2f %s", value, unit);
    }

    /** What the command line asked for. */
    private record Options(int rounds, List<String> only, long seed) {
        static Options parse(String[] arguments) {
            int rounds = ROUNDS_DEFAULT;
            List<String> only = new ArrayList<>(DRILLS.keySet());
            long seed = System.nanoTime();
            for (int i = 0; i < arguments.length; i += 2) {
                if (i + 1 == arguments.length) {
                    throw new IllegalArgumentException(arguments[i] + " needs a value.");
                }
                String value = arguments[i + 1];
                switch (arguments[i]) {
                    case "--rounds" -> rounds = rounds(value);
                    case "--only" -> only = names(value);
                    case "--seed" -> seed = Long.parseLong(value);
                    default ->
                        throw new IllegalArgumentException(
                                "Unknown option " + arguments[i] + ". Use --rounds N, --only NAME,NAME or --seed N.");
                }
            }
            return new Options(rounds, only, seed);
        }

        private static int rounds(String value) {
            int rounds = Integer.parseInt(value);
            if (rounds < 1 || rounds > ROUNDS_MAX) {
                throw new IllegalArgumentException(
                        "--rounds is " + rounds + " and has to be between 1 and " + ROUNDS_MAX + ".");
            }
            return rounds;
        }

        private static List<String> names(String value) {
            List<String> names = List.of(value.split(","));
            names.forEach(ProcessDrills::drill);
            return names;
        }
    }
}
