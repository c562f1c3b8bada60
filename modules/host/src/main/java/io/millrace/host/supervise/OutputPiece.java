package io.millrace.host.supervise;

import io.millrace.contracts.log.LogStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A copy of some output, for when it cannot be handed over from where it was read.
 *
 * @param bytes belong to the piece and are not changed
 */
record OutputPiece(LogStream stream, byte[] bytes) {
    /** As much of it as fits goes to the memory; returns how much that is. */
    int copyTo(MemorySegment memory) {
        int count = (int) Math.min(bytes.length, memory.byteSize());
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, count);
        return count;
    }

    /** The rest of it behind the first bytes. */
    OutputPiece behind(int count) {
        return new OutputPiece(stream, Arrays.copyOfRange(bytes, count, bytes.length));
    }
}
