package io.millrace.channel.process;

import io.millrace.channel.log.OutputBuffer;
import io.millrace.host.system.LibC;
import java.lang.foreign.MemorySegment;

/**
 * A buffer that nobody accounts for: memory of the C library, allocated when it is first needed. An attempt whose process
 * never starts costs nothing, for it never asks.
 */
public final class SystemOutputBuffer implements OutputBuffer {
    private MemorySegment memory = MemorySegment.NULL;
    private boolean isGivenBack;

    @Override
    public MemorySegment memory() {
        if (isGivenBack) {
            throw new IllegalStateException("The output buffer was given back and cannot be used any more.");
        }
        if (memory.equals(MemorySegment.NULL)) {
            memory = LibC.allocate(BYTES);
        }
        return memory;
    }

    @Override
    public void giveBack() {
        isGivenBack = true;
        if (!memory.equals(MemorySegment.NULL)) {
            LibC.free(memory);
        }
    }
}
