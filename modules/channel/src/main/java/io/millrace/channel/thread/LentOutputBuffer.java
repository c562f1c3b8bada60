package io.millrace.channel.thread;

import io.millrace.channel.log.OutputBuffer;
import io.millrace.channel.resource.buffer.BufferMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A buffer of the channel's ledger. Whoever took it for the attempt gives it back to the ledger with everything else the
 * attempt held; nobody else gets its memory before the output has been read.
 */
final class LentOutputBuffer implements OutputBuffer {
    private final BufferMemory lent;
    private @Nullable MemorySegment memory;
    private boolean isGivenBack;

    /** @param lent at least {@link #BYTES} */
    LentOutputBuffer(BufferMemory lent) {
        this.lent = lent;
    }

    @Override
    public MemorySegment memory() {
        if (isGivenBack) {
            throw new IllegalStateException("The output buffer was given back and cannot be used any more.");
        }
        MemorySegment begun = memory;
        if (begun == null) {
            begun = lent.begin().asSlice(0, BYTES);
            memory = begun;
        }
        return begun;
    }

    @Override
    public void giveBack() {
        isGivenBack = true;
        if (memory != null) {
            lent.end();
        }
    }
}
