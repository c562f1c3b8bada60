package io.millrace.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import com.sun.management.ThreadMXBean;
import io.millrace.channel.resource.buffer.BufferFigures;
import io.millrace.channel.resource.buffer.BufferPools;
import io.millrace.channel.resource.buffer.PooledBuffer;
import io.millrace.contracts.Proves;
import io.millrace.contracts.resource.BufferTier;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * What it costs to take a buffer and to give it back, without a node around it: from the pools, from memory that is
 * allocated each time with the same protection, and from Netty's pool, which has no protection against access after the
 * return. All three hand out zeros, write one byte and take turns in one run.
 *
 * <p>Most of the pools' time is the end of the protection, which stops every thread of the JVM for a moment. It is measured
 * by itself too, among as many threads as a node has.
 */
@Proves("R-43")
final class BufferBenchmark implements Bench.Measurement {
    private static final int THREADS_OF_A_NODE = 64;
    private static final int ROUNDS_PER_SECOND = 20;
    private static final int WARM_UP_ROUNDS = 50;
    private static final int CYCLES = 200;

    /** A tenth of what an allocation may take as a whole. */
    private static final double CYCLE_MICROS_MAX = 1_000;

    private static final double TIMES_UNPOOLED_MAX = 1.25;

    /** The grant, its segment and its arena, whatever the size of the buffer. */
    private static final double HEAP_BYTES_MAX = 256;

    @Override
    public void run(Bench.Setting setting, Report report) {
        CountDownLatch end = new CountDownLatch(1);
        try {
            for (int n = 0; n < THREADS_OF_A_NODE; n++) {
                Thread.ofPlatform().daemon().start(() -> awaitQuietly(end));
            }
            for (BufferTier tier : BufferTier.values()) {
                measure(tier, setting.seconds() * ROUNDS_PER_SECOND, report);
            }
        } finally {
            end.countDown();
        }
    }

    private static void measure(BufferTier tier, int rounds, Report report) {
        try (BufferPools pools = new BufferPools(tier.bytes())) {
            Contender pooled = new Contender(() -> takeAndGiveBack(pools, tier));
            Contender unpooled = new Contender(() -> allocateAndFree(tier));
            Contender netty = new Contender(() -> takeFromNetty(tier));
            Contender protection = new Contender(() -> Arena.ofShared().close());
            List<Contender> all = List.of(pooled, unpooled, netty, protection);
            takeTurns(all, WARM_UP_ROUNDS);
            all.forEach(Contender::forget);
            BufferFigures before = pools.figures().of(tier);
            takeTurns(all, rounds);
            BufferFigures after = pools.figures().of(tier);

            String cycle = tier.wireName() + " buffer, take and give back";
            report.baseline(cycle + ", Netty", "us", netty.micros(), netty.detail());
            report.baseline(cycle + ", unpooled", "us", unpooled.micros(), unpooled.detail());
            report.baseline(cycle + ", protection", "us", protection.micros(), protection.detail());
            report.atMost(cycle, "us", CYCLE_MICROS_MAX, pooled.micros(), pooled.detail());
            report.atMost(cycle + " / unpooled", "x", TIMES_UNPOOLED_MAX, pooled.micros() / unpooled.micros(), "");
            report.baseline(cycle + " / Netty", "x", pooled.micros() / netty.micros(), "");
            report.atMost(tier.wireName() + " buffer, heap for each", "B", HEAP_BYTES_MAX, pooled.heapBytes(), "");
            report.atMost(
                    tier.wireName() + " buffer, allocations of new memory",
                    "times",
                    0,
                    allocations(after) - allocations(before),
                    String.format(Locale.ROOT, "in %,d grants", after.granted() - before.granted()));
        }
    }

    private static long allocations(BufferFigures figures) {
        return figures.granted() - figures.reused();
    }

    private static void takeTurns(List<Contender> contenders, int rounds) {
        for (int round = 0; round < rounds; round++) {
            contenders.forEach(Contender::runRound);
        }
    }

    private static void takeAndGiveBack(BufferPools pools, BufferTier tier) {
        PooledBuffer buffer = pools.take(tier, tier.bytes()).orElseThrow();
        buffer.segment().set(JAVA_BYTE, 0, (byte) 1);
        pools.giveBack(buffer);
    }

    private static void allocateAndFree(BufferTier tier) {
        try (Arena arena = Arena.ofShared()) {
            arena.allocate(tier.bytes()).set(JAVA_BYTE, 0, (byte) 1);
        }
    }

    private static void takeFromNetty(BufferTier tier) {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(tier.bytes());
        buffer.setByte(0, 1);
        buffer.setZero(0, tier.bytes());
        buffer.release();
    }

    private static void awaitQuietly(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** One way to take and give back, and what its rounds took. */
    private static final class Contender {
        private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        private final Runnable cycle;
        private final Histogram nanosPerCycle = new Histogram(TimeUnit.SECONDS.toNanos(10), 3);
        private long heapBytes;
        private long cycles;

        Contender(Runnable cycle) {
            this.cycle = cycle;
        }

        void runRound() {
            long heapBefore = THREADS.getCurrentThreadAllocatedBytes();
            long started = System.nanoTime();
            for (int n = 0; n < CYCLES; n++) {
                cycle.run();
            }
            long nanos = System.nanoTime() - started;
            heapBytes += THREADS.getCurrentThreadAllocatedBytes() - heapBefore;
            nanosPerCycle.recordValue(nanos / CYCLES);
            cycles += CYCLES;
        }

        void forget() {
            nanosPerCycle.reset();
            heapBytes = 0;
            cycles = 0;
        }

        double micros() {
            return nanosPerCycle.getValueAtPercentile(50) / 1e3;
        }

        double heapBytes() {
            return (double) heapBytes / cycles;
        }

        String detail() {
            return String.format(
                    Locale.ROOT,
                    "median of %,d rounds of %d; p90 %.1f us",
                    nanosPerCycle.getTotalCount(),
                    CYCLES,
                    nanosPerCycle.getValueAtPercentile(90) / 1e3);
        }
    }
}
