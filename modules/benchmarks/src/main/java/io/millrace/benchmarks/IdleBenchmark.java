package io.millrace.benchmarks;

import io.millrace.contracts.Proves;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** What a node costs that has nothing to do: memory, threads, processor time. Read from {@code /proc}. */
@Proves("T-23")
final class IdleBenchmark implements Bench.Measurement {
    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        TimeUnit.SECONDS.sleep(5);
        OsProcess node = new OsProcess(setting.node().pid());
        long before = node.processorTicks();
        TimeUnit.SECONDS.sleep(10);
        double percent = 100.0 * (node.processorTicks() - before) / OsProcess.TICKS_PER_SECOND / 10;
        report.atMost("idle node, resident memory", "MB", 250, node.residentMegabytes(), "");
        report.atMost(
                "idle node, threads of the JVM",
                "threads",
                8.0 * Runtime.getRuntime().availableProcessors() + 20,
                node.threads(),
                "8 per processor and about 20 of the JVM's own");
        report.atMost("idle node, processor", "%", 10, percent, "of one processor, over 10 s");
    }
}
