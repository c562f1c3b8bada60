package io.millrace.channel.resource.buffer;

import static io.millrace.contracts.resource.BufferTier.SMALL;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.millrace.contracts.Proves;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Memory whose users say when they begin and end to use it. */
class BufferMemoryTest {
    private static final int GRANTS = 20_000;
    private static final long PATIENCE_SECONDS = 20;

    private final CountingMemory system = new CountingMemory();
    private final BufferPools pools = new BufferPools(4L * SMALL.bytes(), system);

    @AfterEach
    void everythingGoesBackToTheSystem() {
        pools.close();
        assertThat(system.allocatedBytes()).isZero();
    }

    @Test
    @Proves("R-46")
    void bufferThatSomebodyUsesIsReturningUntilTheUseHasEnded() {
        // given
        PooledBuffer buffer = take();
        MemorySegment bytes = buffer.memory().begin();
        MemorySegment same = buffer.memory().begin();

        // when
        boolean isBack = pools.giveBack(buffer);

        // then
        assertThat(isBack).isFalse();
        bytes.fill((byte) 0x5A);
        buffer.memory().end();
        assertThat(pools.retryReturns()).isZero();
        assertThat(same.get(JAVA_BYTE, 0)).isEqualTo((byte) 0x5A);

        // when
        buffer.memory().end();

        // then
        assertThat(pools.retryReturns()).isEqualTo(1);
        PooledBuffer next = take();
        assertThat(next.memory().address()).isEqualTo(buffer.memory().address());
        assertThat(Zeros.onlyIn(next)).isTrue();
        pools.giveBack(next);
    }

    @Test
    @Proves("R-46")
    void nobodyBeginsToUseABufferThatIsBack() {
        // given
        PooledBuffer buffer = take();
        buffer.memory().begin().fill((byte) 1);
        buffer.memory().end();

        // when
        boolean isBack = pools.giveBack(buffer);

        // then
        assertThat(isBack).isTrue();
        assertThatIllegalStateException().isThrownBy(() -> buffer.memory().begin());
        assertThatIllegalStateException()
                .isThrownBy(() -> buffer.memory().segment().get(JAVA_BYTE, 0));
    }

    @Test
    void segmentOfABufferThatIsUsedGoesOutOfReachWithIt() {
        // given
        PooledBuffer buffer = take();
        MemorySegment segment = buffer.memory().segment();
        buffer.memory().begin();
        assertThat(pools.giveBack(buffer)).isFalse();
        assertThat(segment.get(JAVA_BYTE, 0)).isZero();

        // when
        buffer.memory().end();
        boolean isBack = pools.giveBack(buffer);

        // then
        assertThat(isBack).isTrue();
        assertThatIllegalStateException().isThrownBy(() -> segment.get(JAVA_BYTE, 0));
    }

    /** A thread marks what it may use and looks for its mark; whoever comes next finds zeros. */
    @Test
    @Proves("R-46")
    void nobodyWhoHasBegunMeetsTheNextOwner() throws Exception {
        // given
        var granted = new AtomicReference<>(take());
        var isOver = new AtomicBoolean();
        var foreign = new AtomicLong();
        var ended = new CountDownLatch(1);
        Thread.ofPlatform().daemon().start(() -> {
            while (!isOver.get()) {
                foreign.addAndGet(useOnce(requireNonNull(granted.get())));
            }
            ended.countDown();
        });

        // when
        for (int i = 0; i < GRANTS; i++) {
            PooledBuffer last = requireNonNull(granted.get());
            while (!pools.giveBack(last)) {
                Thread.onSpinWait();
            }
            PooledBuffer next = take();
            assertThat(next.memory().begin().get(JAVA_BYTE, 0)).isZero();
            next.memory().end();
            granted.set(next);
        }
        isOver.set(true);

        // then
        assertThat(ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(foreign).hasValue(0);
        pools.giveBack(requireNonNull(granted.get()));
    }

    /** 1 if the memory was somebody else's meanwhile. */
    private static int useOnce(PooledBuffer buffer) {
        MemorySegment bytes;
        try {
            bytes = buffer.memory().begin();
        } catch (IllegalStateException _) {
            return 0;
        }
        try {
            bytes.set(JAVA_BYTE, 0, (byte) 1);
            return bytes.get(JAVA_BYTE, 0) == 1 ? 0 : 1;
        } finally {
            bytes.set(JAVA_BYTE, 0, (byte) 0);
            buffer.memory().end();
        }
    }

    private PooledBuffer take() {
        return pools.take(SMALL, SMALL.bytes()).orElseThrow();
    }
}
