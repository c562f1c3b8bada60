package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Ten processes at once, each of which prints numbered lines at a steady rate, and what of them can be read. */
@Proves({"B-160", "B-162"})
final class ProcessLoad {
    private static final String CHANNEL = "/v1/channels/printing-processes";
    private static final int PROCESSES = 10;
    private static final int LINES_PER_SECOND_MIN = 1_000;

    /** What each prints without a pause. */
    private static final int LINES_AT_ONCE = 20;

    /** Nearly twice the minimum from all of them together, so that it is met only if the node keeps up. */
    private static final double PAUSE_SECONDS = 0.1;

    private static final int PAGE_LINES = 10_000;
    private static final int POLL_MILLIS = 20;
    private static final long END_SECONDS_MAX = 60;

    private final Api api;
    private final int linesEach;

    private ProcessLoad(Bench.Setting setting) {
        this.api = setting.node().api();
        this.linesEach = (int) (setting.seconds() * LINES_AT_ONCE / PAUSE_SECONDS);
    }

    static void measure(Bench.Setting setting, Report report) throws InterruptedException {
        new ProcessLoad(setting).run(report);
    }

    private void run(Report report) throws InterruptedException {
        api.put(CHANNEL, "{}");
        long before = System.nanoTime();
        List<String> processes = start();
        int mostAtOnce = awaitEnd(before);
        long lines = 0;
        for (String process : processes) {
            lines += inOrder(process);
        }
        double seconds = (System.nanoTime() - before) / 1e9;
        long expected = (long) PROCESSES * linesEach;
        report.atLeast(
                "lines from " + PROCESSES + " processes at once",
                "lines/s",
                LINES_PER_SECOND_MIN,
                lines / seconds,
                String.format(Locale.ROOT, "%,d lines over %.1f s, reading them included", lines, seconds));
        report.atMost("of these missing or out of order", "lines", 0, expected - lines, "of " + expected);
        report.atLeast("processes that run at once", "", PROCESSES, mostAtOnce, "while these lines were printed");
        api.delete(CHANNEL);
    }

    private List<String> start() {
        List<String> paths = new ArrayList<>();
        for (int n = 0; n < PROCESSES; n++) {
            JsonNode process = api.post(
                    CHANNEL + "/processes",
                    "{\"name\":\"printer-" + n + "\",\"command\":[\"sh\",\"-c\",\"" + program() + "\"]}");
            paths.add(CHANNEL + "/processes/" + process.path("id").asText());
        }
        return paths;
    }

    private String program() {
        return String.format(
                Locale.ROOT,
                "i=0; while [ $i -lt %d ]; do echo $i; i=$((i + 1)); [ $((i %% %d)) -gt 0 ] || sleep %.1f; done",
                linesEach,
                LINES_AT_ONCE,
                PAUSE_SECONDS);
    }

    /** @return how many of them were seen running at once */
    private int awaitEnd(long before) throws InterruptedException {
        int mostAtOnce = 0;
        while (count("SUCCESS") < PROCESSES) {
            if (count("FAILED") + count("LOST") > 0
                    || System.nanoTime() - before > TimeUnit.SECONDS.toNanos(END_SECONDS_MAX)) {
                throw new IllegalStateException(
                        "The processes that print did not succeed: " + api.get(CHANNEL + "/processes"));
            }
            mostAtOnce = Math.max(mostAtOnce, count("RUNNING"));
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return mostAtOnce;
    }

    private int count(String state) {
        return api.get(CHANNEL + "/processes?state=" + state).path("items").size();
    }

    /** @return lines of a process that are there and have the number that their place says */
    private long inOrder(String process) {
        long next = 0;
        String after = "0";
        JsonNode page;
        do {
            page = api.get(process + "/logs?limit=" + PAGE_LINES + "&after=" + after);
            for (JsonNode line : page.path("items")) {
                if (line.path("content").asText().equals(Long.toString(next))) {
                    next++;
                }
            }
            after = page.path("nextAfter").asText();
        } while (page.path("nextPageToken").isTextual());
        return next;
    }
}
