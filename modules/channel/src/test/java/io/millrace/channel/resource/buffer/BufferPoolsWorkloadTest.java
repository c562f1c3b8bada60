package io.millrace.channel.resource.buffer;

import static io.millrace.contracts.resource.BufferTier.LARGE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.domain.Limits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Random grants and returns beside books of their own, compared after every step. Some buffers are given back while data
 * still arrives in them.
 */
class BufferPoolsWorkloadTest {
    private static final long SEED = Long.getLong("buffer.seed", System.nanoTime());
    private static final int STEPS = 20_000;
    private static final long BUDGET = 16L * LARGE.bytes();
    private static final double FRAGMENTATION_MAX = 0.05;

    /** A node's load that stays; with it, transfers into three medium buffers are less than a twentieth. */
    private static final int LARGE_ALWAYS_HELD = 4;

    private static final int TRANSFERS_MAX = 3;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final CountingMemory memory = new CountingMemory();
    private final BufferPools pools = new BufferPools(BUDGET, memory);

    private final List<PooledBuffer> held = new ArrayList<>();
    private final Deque<Transfer> transfers = new ArrayDeque<>();
    private final NavigableMap<Long, Long> endByAddress = new TreeMap<>();
    private long nowNanos;
    private int refused;
    private int transfersDone;

    private record Transfer(PooledBuffer buffer, PendingTransfer pending) {}

    @AfterEach
    void endTransfers() throws Exception {
        for (Transfer transfer : transfers) {
            transfer.pending.close();
        }
    }

    @Test
    @Proves({"R-20", "R-46"})
    void figuresAgreeWithBooksOfTheirOwnAfterEveryStep() throws Exception {
        // given
        for (int n = 0; n < LARGE_ALWAYS_HELD; n++) {
            take(LARGE.bytes());
        }

        // when
        for (int step = 0; step < STEPS; step++) {
            String done = randomStep();

            // then
            check("seed " + SEED + ", step " + step + ": " + done);
        }

        // then
        BufferFigures total = pools.figures().total();
        assertThat(refused).as("the budget was reached").isPositive();
        assertThat(total.reused()).as("buffers were reused").isPositive();
        assertThat(total.freed()).as("idle buffers made room").isPositive();
        assertThat(transfersDone)
                .as("buffers were given back during a transfer")
                .isPositive();
    }

    private String randomStep() throws Exception {
        int kind = random.nextInt(1_000);
        if (kind < 520) {
            return "take " + take(1L << random.nextInt(21));
        }
        if (kind < 990) {
            return "give back " + giveBack();
        }
        if (kind < 994) {
            return "give back during a transfer " + giveBackDuringTransfer();
        }
        if (kind < 998) {
            return "end of a transfer " + endTransfer();
        }
        nowNanos += Limits.BUFFER_IDLE_MAX.toNanos() / 2;
        pools.trim(nowNanos);
        return "trim";
    }

    private boolean take(long sizeMax) {
        long requested = random.nextLong(sizeMax / 2, sizeMax) + 1;
        BufferTier tier = BufferTier.of(requested).orElseThrow();
        var granted = pools.take(tier, requested);
        granted.ifPresent(buffer -> {
            assertThat(Zeros.onlyIn(buffer)).as("seed %d", SEED).isTrue();
            buffer.segment().fill((byte) random.nextInt(1, 256));
            assertNobodyElseHas(buffer);
            held.add(buffer);
        });
        if (granted.isEmpty()) {
            refused++;
            assertThat(expectedBusyBytes() + tier.bytes())
                    .as("seed %d: refused only what has no room", SEED)
                    .isGreaterThan(BUDGET);
        }
        return granted.isPresent();
    }

    private void assertNobodyElseHas(PooledBuffer buffer) {
        long start = buffer.segment().address();
        long end = start + buffer.segment().byteSize();
        var before = endByAddress.lowerEntry(end);
        assertThat(before == null || before.getValue() <= start)
                .as("seed %d: memory of a live buffer was granted", SEED)
                .isTrue();
        endByAddress.put(start, end);
    }

    private boolean giveBack() {
        if (held.size() <= LARGE_ALWAYS_HELD) {
            return false;
        }
        PooledBuffer buffer = held.remove(random.nextInt(LARGE_ALWAYS_HELD, held.size()));
        assertThat(pools.giveBack(buffer)).as("seed %d", SEED).isTrue();
        endByAddress.remove(buffer.segment().address());
        return true;
    }

    private boolean giveBackDuringTransfer() throws Exception {
        var buffer = held.stream().filter(one -> one.tier() != LARGE).findAny();
        if (buffer.isEmpty() || transfers.size() == TRANSFERS_MAX) {
            return false;
        }
        transfers.add(
                new Transfer(buffer.get(), PendingTransfer.into(buffer.get().segment())));
        held.remove(buffer.get());
        assertThat(pools.giveBack(buffer.get())).as("seed %d", SEED).isFalse();
        return true;
    }

    private boolean endTransfer() throws Exception {
        if (transfers.isEmpty()) {
            return false;
        }
        Transfer transfer = transfers.remove();
        transfer.pending.complete(new byte[] {1});
        assertThat(pools.retryReturns()).as("seed %d", SEED).isEqualTo(1);
        endByAddress.remove(transfer.buffer.segment().address());
        transfersDone++;
        return true;
    }

    private void check(String when) {
        BufferFigures total = pools.figures().total();
        assertThat(total.inUseBytes()).as(when).isEqualTo(bytes(held));
        assertThat(total.returningBytes()).as(when).isEqualTo(expectedBusyBytes() - bytes(held));
        assertThat(total.requestedBytes())
                .as(when)
                .isEqualTo(held.stream().mapToLong(PooledBuffer::requestedBytes).sum());
        assertThat(total.committedBytes()).as(when).isEqualTo(memory.allocatedBytes());
        assertThat(total.inUseBytes() + total.idleBytes() + total.returningBytes())
                .as(when)
                .isEqualTo(total.committedBytes());
        assertThat(total.committedBytes()).as(when).isLessThanOrEqualTo(BUDGET);
        assertThat(total.fragmentation()).as(when).isLessThan(FRAGMENTATION_MAX);
        assertThat(total.granted() - total.reused()).as(when).isEqualTo(memory.allocations());
    }

    private long expectedBusyBytes() {
        return bytes(held) + bytes(transfers.stream().map(Transfer::buffer).toList());
    }

    private static long bytes(List<PooledBuffer> buffers) {
        return buffers.stream().mapToLong(buffer -> buffer.tier().bytes()).sum();
    }
}
