package io.millrace.channel.resource.buffer;

import java.lang.foreign.MemorySegment;

/** Real memory that a test can let run out while others use it. */
public final class ScarceMemory {
    private volatile boolean hasRunOut;
    private final NativeMemory system = new SystemMemory();

    /** Pools that get their memory here. */
    public BufferPools pools(long budgetBytes) {
        return new BufferPools(budgetBytes, new NativeMemory() {
            @Override
            public MemorySegment allocate(long bytes) {
                return hasRunOut ? MemorySegment.NULL : system.allocate(bytes);
            }

            @Override
            public void free(MemorySegment memory) {
                system.free(memory);
            }
        });
    }

    public void runOut() {
        hasRunOut = true;
    }

    public void comeBack() {
        hasRunOut = false;
    }
}
