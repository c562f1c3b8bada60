package io.millrace.benchmarks;

import java.nio.file.Path;
import java.util.Arrays;

/** From starting a node's process to its ready line, on a data directory that exists. */
final class StartupBenchmark implements Bench.Measurement {
    private static final int STARTS = 3;

    @Override
    public void run(Bench.Setting setting, Report report) {
        Path data = setting.data().resolve("startup");
        NodeUnderTest.start(setting.project(), data).close();
        double[] seconds = new double[STARTS];
        for (int i = 0; i < STARTS; i++) {
            try (NodeUnderTest node = NodeUnderTest.start(setting.project(), data)) {
                seconds[i] = node.startup().toMillis() / 1_000.0;
            }
        }
        Arrays.sort(seconds);
        report.atMost(
                "start to ready, existing database",
                "s",
                4,
                seconds[STARTS / 2],
                "median of " + Arrays.toString(seconds));
    }
}
