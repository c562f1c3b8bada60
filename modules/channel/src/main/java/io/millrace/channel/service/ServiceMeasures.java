package io.millrace.channel.service;

import io.millrace.channel.Instruments;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRun;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts what happened to the processes of a channel since it began its life on this node. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceMeasures {
    private static final double NANOS_PER_MILLI = 1e6;

    private final Instruments instruments;
    private long runs;
    private long restarts;
    private long failures;
    private long forced;
    private long startsRefused;
    private long outputBytesDropped;
    // Noted by threads that hand output over.
    private final LongAdder firstLines = new LongAdder();
    private final LongAdder firstLineNanos = new LongAdder();
    private final LongAccumulator firstLineNanosMax = new LongAccumulator(Math::max, 0);

    ServiceMeasures(Instruments instruments) {
        this.instruments = instruments;
    }

    /** @param behind the process behind the change, absent if it is gone */
    void decided(ProcessChange change, @Nullable ProcessEntry behind) {
        switch (change) {
            case ProcessChange.RunStarted _ -> {
                runs++;
                instruments.serviceRunBegan();
            }
            case ProcessChange.RunUp _, ProcessChange.BecameReady _ -> ready(behind);
            case ProcessChange.RunEnded ended -> ended(ended);
            case ProcessChange.Registered _,
                    ProcessChange.StartRequested _,
                    ProcessChange.Cancelled _,
                    ProcessChange.Removed _,
                    ProcessChange.LineWritten _,
                    ProcessChange.SignalSent _,
                    ProcessChange.StopRequested _ -> {
                // The book has them.
            }
        }
    }

    private void ready(@Nullable ProcessEntry process) {
        ProcessRun run = process == null ? null : process.run();
        if (run != null && run.readyAtMillis() != null) {
            instruments.serviceReady(run.readyAtMillis() - run.orderedAtMillis());
        }
    }

    private void ended(ProcessChange.RunEnded ended) {
        instruments.serviceRunEnded(
                ended.error() != null, ended.restart() != null, ended.end().wasForced());
        restarts += ended.restart() == null ? 0 : 1;
        failures += ended.error() == null ? 0 : 1;
        forced += ended.end().wasForced() ? 1 : 0;
    }

    void startRefused() {
        startsRefused++;
    }

    /** @param bytes that a run wrote and nobody kept, because its node was gone or did not take them */
    void outputDropped(long bytes) {
        outputBytesDropped += bytes;
    }

    /** @param nanos from when a run was asked for until its first line came. Called from any thread */
    void firstLine(long nanos) {
        firstLines.increment();
        firstLineNanos.add(nanos);
        firstLineNanosMax.accumulate(nanos);
    }

    void clear() {
        runs = 0;
        restarts = 0;
        failures = 0;
        forced = 0;
        startsRefused = 0;
        outputBytesDropped = 0;
        firstLines.reset();
        firstLineNanos.reset();
        firstLineNanosMax.reset();
    }

    /** By name. The caller may add others. */
    Map<String, Double> totals() {
        Map<String, Double> totals = new TreeMap<>();
        totals.put("processes.runs", (double) runs);
        totals.put("processes.restarts", (double) restarts);
        totals.put("processes.failures", (double) failures);
        totals.put("processes.killedAfterGrace", (double) forced);
        totals.put("processes.startsRefused", (double) startsRefused);
        totals.put("processes.outputBytesDropped", (double) outputBytesDropped);
        totals.put("processes.firstLine.count", firstLines.doubleValue());
        if (firstLines.sum() > 0) {
            totals.put(
                    "processes.firstLine.meanMillis",
                    firstLineNanos.doubleValue() / firstLines.doubleValue() / NANOS_PER_MILLI);
            totals.put("processes.firstLine.maxMillis", firstLineNanosMax.doubleValue() / NANOS_PER_MILLI);
        }
        return totals;
    }
}
