package io.millrace.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the process host costs: its memory while it has nothing to do, and the time that one takes to start. */
final class ProcessHostCost {
    private static final double RESIDENT_MEGABYTES_MAX = 60;
    private static final double START_MILLIS_MAX = 500;
    private static final int STARTS = 5;
    private static final int POLL_MILLIS = 20;
    private static final long REPLACED_SECONDS_MAX = 60;
    private static final Pattern STARTED =
            Pattern.compile("A process host was started \\(pid \\d+\\) within (\\d+) ms");

    private ProcessHostCost() {}

    static void measureIdle(NodeUnderTest node, Report report) throws IOException {
        OsProcess host = node.processHost();
        report.atMost("idle process host, resident memory", "MB", RESIDENT_MEGABYTES_MAX, host.residentMegabytes(), "");
        report.baseline("idle process host, threads", "threads", host.threads(), "");
    }

    /** Kills the host a few times; the node starts another each time and says how long that took. */
    static void measureStart(NodeUnderTest node, Report report) throws IOException, InterruptedException {
        double first = startMillis(node).getFirst();
        report.atMost(
                "process host, first start", "ms", START_MILLIS_MAX, first, "while the node's own JVM starts too");
        for (int n = 0; n < STARTS; n++) {
            replace(node);
        }
        List<Double> later = startMillis(node).stream().skip(1).sorted().toList();
        report.atMost(
                "process host, later start, slowest of " + later.size(),
                "ms",
                START_MILLIS_MAX,
                later.getLast(),
                String.format(Locale.ROOT, "median %.0f, after it was killed", later.get(later.size() / 2)));
    }

    /** The node knows the new one only some time after it logged its start. */
    private static void replace(NodeUnderTest node) throws InterruptedException {
        OsProcess killed = node.processHost();
        ProcessHandle.of(killed.pid()).ifPresent(ProcessHandle::destroyForcibly);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(REPLACED_SECONDS_MAX);
        while (node.processHost().equals(killed)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "The process host was killed and not replaced within " + REPLACED_SECONDS_MAX + " s.");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /** Of every start so far, in the order of the node's log. */
    private static List<Double> startMillis(NodeUnderTest node) throws IOException {
        return node.logged().stream()
                .map(STARTED::matcher)
                .filter(Matcher::find)
                .map(started -> Double.valueOf(started.group(1)))
                .toList();
    }
}
