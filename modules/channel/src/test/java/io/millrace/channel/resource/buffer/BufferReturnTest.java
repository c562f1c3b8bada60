package io.millrace.channel.resource.buffer;

import static io.millrace.contracts.resource.BufferTier.LARGE;
import static io.millrace.contracts.resource.BufferTier.MEDIUM;
import static io.millrace.contracts.resource.BufferTier.SMALL;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.millrace.contracts.Proves;
import io.millrace.contracts.resource.BufferTier;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to those who still use a buffer that goes back. */
class BufferReturnTest {
    private static final byte[] ARRIVING = "arrives late".getBytes(StandardCharsets.US_ASCII);
    private static final long PATIENCE_SECONDS = 20;

    private final CountingMemory memory = new CountingMemory();
    private final BufferPools pools = new BufferPools(4L * LARGE.bytes(), memory);

    @AfterEach
    void everythingGoesBackToTheSystem() {
        pools.close();
        assertThat(memory.allocatedBytes()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void accessAfterTheReturnIsRefused(BufferTier tier) {
        // given
        PooledBuffer ended = take(tier);
        var slice = ended.segment().asSlice(16, 16);
        var bytes = ended.segment().asByteBuffer();
        pools.giveBack(ended);

        // when
        PooledBuffer next = take(tier);

        // then
        assertThat(next.segment().address()).isEqualTo(ended.segment().address());
        assertThatIllegalStateException().isThrownBy(() -> ended.segment().get(JAVA_BYTE, 0));
        assertThatIllegalStateException().isThrownBy(() -> ended.segment().set(JAVA_BYTE, 0, (byte) 1));
        assertThatIllegalStateException().isThrownBy(() -> slice.fill((byte) 1));
        assertThatIllegalStateException().isThrownBy(() -> bytes.put((byte) 1));
        assertThat(Zeros.onlyIn(next)).isTrue();
        pools.giveBack(next);
    }

    @Test
    @Proves("R-46")
    void threadThatGoesOnWritingNeverReachesTheNextOwner() throws Exception {
        // given
        PooledBuffer ended = take(MEDIUM);
        var wroteAll = new CountDownLatch(1);
        var refused = new CountDownLatch(1);
        Thread.ofPlatform().daemon().start(() -> writeUntilRefused(ended.segment(), wroteAll, refused));
        assertThat(wroteAll.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();

        // when
        boolean isBack = pools.giveBack(ended);
        PooledBuffer next = take(MEDIUM);

        // then
        assertThat(isBack).isTrue();
        assertThat(refused.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(next.segment().address()).isEqualTo(ended.segment().address());
        assertThat(Zeros.onlyIn(next)).isTrue();
        pools.giveBack(next);
    }

    private static void writeUntilRefused(MemorySegment segment, CountDownLatch wroteAll, CountDownLatch refused) {
        try {
            while (true) {
                segment.fill((byte) 0x5A);
                wroteAll.countDown();
            }
        } catch (IllegalStateException _) {
            refused.countDown();
        }
    }

    @ParameterizedTest
    @EnumSource
    @Proves("R-46")
    void bufferOfATransferIsReturningUntilTheTransferHasEnded(BufferTier tier) throws Exception {
        // given
        PooledBuffer buffer = take(tier);
        try (var transfer = PendingTransfer.into(buffer.segment())) {
            // when
            boolean isBack = pools.giveBack(buffer);

            // then
            assertThat(isBack).isFalse();
            assertReturning(tier);
            assertThat(pools.retryReturns()).isZero();
            assertThat(pools.giveBack(buffer)).isFalse();
            assertReturning(tier);

            // when
            transfer.complete(ARRIVING);
        }

        // then
        assertReturning(tier);
        assertThat(pools.retryReturns()).isEqualTo(1);
        assertThat(pools.retryReturns()).isZero();
        assertThat(pools.giveBack(buffer)).isTrue();
        assertThat(total().returningBytes()).isZero();
        assertThat(total().idleBytes()).isEqualTo(tier.bytes());
        PooledBuffer next = take(tier);
        assertThat(next.segment().address()).isEqualTo(buffer.segment().address());
        assertThat(Zeros.onlyIn(next)).isTrue();
        pools.giveBack(next);
    }

    @Test
    void bufferThatIsReturningIsNotGranted() throws Exception {
        // given
        PooledBuffer returning = take(SMALL);
        try (var transfer = PendingTransfer.into(returning.segment())) {
            pools.giveBack(returning);

            // when
            PooledBuffer other = take(SMALL);

            // then
            assertThat(other.segment().address())
                    .isNotEqualTo(returning.segment().address());
            pools.giveBack(other);
            transfer.complete(ARRIVING);
        }
        assertThat(pools.giveBack(returning)).isTrue();
        assertThat(total().idleBytes()).isEqualTo(2L * SMALL.bytes());
        assertThat(pools.retryReturns()).isZero();
    }

    @Test
    void bufferThatComesBackAfterTheEndIsFreed() throws Exception {
        // given
        PooledBuffer returning = take(SMALL);
        try (var transfer = PendingTransfer.into(returning.segment())) {
            pools.giveBack(returning);

            // when
            pools.close();

            // then
            assertThat(memory.allocatedBytes()).isEqualTo(SMALL.bytes());

            // when
            transfer.complete(ARRIVING);
        }

        // then
        assertThat(pools.retryReturns()).isEqualTo(1);
        assertThat(memory.allocatedBytes()).isZero();
    }

    /** The C library sorts the buffer and asks Java to compare; inside the comparison the buffer is given back. */
    @Test
    void bufferOfACallOfNativeCodeIsReturningUntilTheCallHasEnded() throws Throwable {
        // given
        PooledBuffer buffer = take(SMALL);
        List<Boolean> answers = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            var comparison = comparison(() -> answers.add(pools.giveBack(buffer)), arena);
            var sort = Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("qsort"),
                            FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS));

            // when
            sort.invokeExact(buffer.segment(), 2L, 1L, comparison);
        }

        // then
        assertThat(answers).isNotEmpty().containsOnly(false);
        assertReturning(SMALL);
        assertThat(pools.giveBack(buffer)).isTrue();
        assertThat(total().idleBytes()).isEqualTo(SMALL.bytes());
    }

    private static MemorySegment comparison(Runnable duringTheCall, Arena arena) throws ReflectiveOperationException {
        var compare = MethodHandles.lookup()
                .findStatic(
                        BufferReturnTest.class,
                        "compare",
                        MethodType.methodType(int.class, Runnable.class, MemorySegment.class, MemorySegment.class))
                .bindTo(duringTheCall);
        return Linker.nativeLinker().upcallStub(compare, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS), arena);
    }

    @SuppressWarnings("unused")
    private static int compare(Runnable duringTheCall, MemorySegment first, MemorySegment second) {
        duringTheCall.run();
        return 0;
    }

    private void assertReturning(BufferTier tier) {
        BufferFigures figures = pools.figures().of(tier);
        assertThat(figures.returningBytes()).isEqualTo(tier.bytes());
        assertThat(figures.committedBytes()).isEqualTo(tier.bytes());
        assertThat(figures.inUseBytes()).isZero();
        assertThat(figures.idleBytes()).isZero();
        assertThat(figures.requestedBytes()).isZero();
        assertThat(figures.fragmentation()).isEqualTo(1);
    }

    private PooledBuffer take(BufferTier tier) {
        return pools.take(tier, tier.bytes()).orElseThrow();
    }

    private BufferFigures total() {
        return pools.figures().total();
    }
}
