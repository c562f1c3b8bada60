package io.millrace.channel.resource.buffer;

import io.millrace.contracts.resource.BufferTier;
import java.lang.foreign.MemorySegment;

/** Tells whether a buffer holds only zeros. */
final class Zeros {
    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[BufferTier.LARGE.bytes()]);

    private Zeros() {}

    static boolean onlyIn(PooledBuffer buffer) {
        MemorySegment segment = buffer.segment();
        return segment.mismatch(ZEROS.asSlice(0, segment.byteSize())) == -1;
    }
}
