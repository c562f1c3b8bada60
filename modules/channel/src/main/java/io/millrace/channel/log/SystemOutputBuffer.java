package io.millrace.channel.log;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A buffer that nobody accounts for. An attempt whose process never starts costs nothing, for it never asks. */
final class SystemOutputBuffer implements OutputBuffer {
    private @Nullable Arena arena;
    private MemorySegment memory = MemorySegment.NULL;

    @Override
    public MemorySegment memory() {
        if (arena == null) {
            arena = Arena.ofShared();
            memory = arena.allocate(BYTES);
        }
        return memory;
    }

    @Override
    public void giveBack() {
        if (arena != null) {
            arena.close();
        }
    }
}
