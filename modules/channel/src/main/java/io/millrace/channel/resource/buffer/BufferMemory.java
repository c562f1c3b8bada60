package io.millrace.channel.resource.buffer;

import io.millrace.contracts.ThreadSafety;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one grant of a buffer, for any number of threads until the grant ends.
 *
 * <p>Code that says when it begins and ends to use the memory gets it from {@link #begin}; the grant cannot end in between,
 * and to end it costs nothing. All other code gets {@link #segment}, which the end of the grant puts out of reach: that
 * interrupts every thread of the JVM for a moment, so it is made for those only who ask for it.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class BufferMemory {
    private static final int ENDED = -1;

    private final MemorySegment bytes;
    /** How many uses have begun and not ended; {@link #ENDED} if none can begin any more. */
    private final AtomicInteger uses = new AtomicInteger();

    private final AtomicReference<@Nullable Shared> shared = new AtomicReference<>();

    /** @param bytes that exist for as long as the grant */
    public BufferMemory(MemorySegment bytes) {
        this.bytes = bytes;
    }

    /** Memory of somebody who does not say when it is used. */
    private record Shared(Arena arena, MemorySegment segment) {
        @SuppressWarnings("restricted") // the same bytes, with a shorter life
        static Shared of(MemorySegment bytes) {
            Arena arena = Arena.ofShared();
            return new Shared(arena, bytes.reinterpret(arena, null));
        }

        /** False while a call of native code or a transfer of a file or socket works on the memory. */
        boolean close() {
            try {
                arena.close();
                return true;
            } catch (IllegalStateException _) {
                return !segment.scope().isAlive();
            }
        }
    }

    /** Where the memory is; no two grants that have not ended are at the same place. */
    public long address() {
        return bytes.address();
    }

    public long byteSize() {
        return bytes.byteSize();
    }

    /**
     * The memory, the same at each call. Access after the end of the grant throws {@link IllegalStateException} instead of
     * touching what belongs to somebody else by then.
     */
    public MemorySegment segment() {
        Shared known = shared.get();
        return known == null ? share().segment() : known.segment();
    }

    private Shared share() {
        Shared made = Shared.of(bytes);
        boolean hasBegun = tryBegin();
        if (!hasBegun) {
            made.close();
        }
        Shared earlier = shared.compareAndExchange(null, made);
        if (hasBegun) {
            end();
        }
        return earlier == null ? made : earlier;
    }

    /**
     * The memory, for use until {@link #end}. The grant does not end before.
     *
     * @throws IllegalStateException if it has ended already
     */
    public MemorySegment begin() {
        if (!tryBegin()) {
            throw new IllegalStateException("The buffer was given back and cannot be used any more.");
        }
        return bytes;
    }

    private boolean tryBegin() {
        return uses.updateAndGet(count -> count == ENDED ? ENDED : count + 1) != ENDED;
    }

    /** Ends a use. Once for each {@link #begin}. */
    public void end() {
        uses.decrementAndGet();
    }

    /** Ends the grant. False if the memory is being used; then it is to be tried again. Called by one thread at a time. */
    boolean revoke() {
        if (uses.get() != ENDED && !uses.compareAndSet(0, ENDED)) {
            return false;
        }
        Shared toOthers = shared.get();
        return toOthers == null || toOthers.close();
    }
}
