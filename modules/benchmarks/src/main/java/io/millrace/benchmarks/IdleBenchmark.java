package io.millrace.benchmarks;

import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What a node costs that has nothing to do: memory, threads, processor time. Read from {@code /proc}. */
@Proves("T-23")
final class IdleBenchmark implements Bench.Measurement {
    static final int TICKS_PER_SECOND = 100;

    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        TimeUnit.SECONDS.sleep(5);
        Path process = Path.of("/proc", Long.toString(setting.node().pid()));
        long before = processorTicks(process);
        TimeUnit.SECONDS.sleep(10);
        double percent = 100.0 * (processorTicks(process) - before) / TICKS_PER_SECOND / 10;
        report.atMost("idle node, resident memory", "MB", 250, status(process, "VmRSS:") / 1024.0, "");
        report.atMost(
                "idle node, threads of the JVM",
                "threads",
                8.0 * Runtime.getRuntime().availableProcessors() + 20,
                status(process, "Threads:"),
                "8 per processor and about 20 of the JVM's own");
        report.atMost("idle node, processor", "%", 10, percent, "of one processor, over 10 s");
    }

    private static long status(Path process, String name) throws IOException {
        return Files.readAllLines(process.resolve("status")).stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    /** Processor time that a process has used so far. */
    static long processorTicks(Path process) throws IOException {
        String stat = Files.readString(process.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }
}
