package io.millrace.channel.resource.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** Real memory that is counted independently of the pools, and that can be made to run out. */
final class CountingMemory implements NativeMemory {
    private final NativeMemory system = new SystemMemory();
    private final Map<Long, Long> bytesByAddress = new HashMap<>();
    private long bytesLeft = Long.MAX_VALUE;
    private int allocations;

    @Override
    public MemorySegment allocate(long bytes) {
        if (bytes > bytesLeft) {
            return MemorySegment.NULL;
        }
        MemorySegment memory = system.allocate(bytes);
        bytesByAddress.put(memory.address(), bytes);
        bytesLeft -= bytes;
        allocations++;
        return memory;
    }

    @Override
    public void free(MemorySegment memory) {
        Long bytes = bytesByAddress.remove(memory.address());
        assertThat(bytes).as("freed memory was allocated").isEqualTo(memory.byteSize());
        bytesLeft += memory.byteSize();
        system.free(memory);
    }

    void runOutAfter(long bytes) {
        bytesLeft = bytes;
    }

    long allocatedBytes() {
        return bytesByAddress.values().stream().mapToLong(Long::longValue).sum();
    }

    int allocations() {
        return allocations;
    }
}
