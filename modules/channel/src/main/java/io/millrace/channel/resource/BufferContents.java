package io.millrace.channel.resource;

import io.millrace.channel.resource.buffer.BufferMemory;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The memory of the buffers of one channel, and how much of it has content. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class BufferContents {
    private final Map<String, BufferMemory> memory = new HashMap<>();
    /** Length of what was written last; absent if nothing was. */
    private final Map<String, Integer> lengths = new HashMap<>();

    void put(Map<String, BufferMemory> buffers) {
        memory.putAll(buffers);
    }

    void remove(String id) {
        memory.remove(id);
        lengths.remove(id);
    }

    boolean has(String id) {
        return memory.containsKey(id);
    }

    Optional<BufferMemory> memory(String id) {
        return Optional.ofNullable(memory.get(id));
    }

    Map<String, BufferMemory> all() {
        return Map.copyOf(memory);
    }

    /** Writes a part and, behind the last one, zeros. What is wrong with it; null if it was written. */
    @Nullable Problem write(String id, int offset, byte[] part, boolean isLast) {
        BufferMemory buffer = memory.get(id);
        if (buffer == null || offset < 0 || (long) offset + part.length > buffer.byteSize()) {
            return tooLong(buffer == null ? 0 : buffer.byteSize());
        }
        int length = offset + part.length;
        MemorySegment bytes = buffer.begin();
        try {
            MemorySegment.copy(part, 0, bytes, ValueLayout.JAVA_BYTE, offset, part.length);
            if (isLast) {
                bytes.asSlice(length).fill((byte) 0);
                lengths.put(id, length);
            }
        } finally {
            buffer.end();
        }
        return null;
    }

    /** A part of the content, at most as large as one message may be. */
    ResourceManager.Content read(String id, int offset, int lengthUnlessWritten) {
        BufferMemory buffer = memory.get(id);
        int length = lengths.getOrDefault(id, lengthUnlessWritten);
        if (buffer == null || offset < 0 || offset >= length) {
            return new ResourceManager.Content(new byte[0], length);
        }
        byte[] part = new byte[Math.min(length - offset, Limits.MESSAGE_BYTES_MAX)];
        MemorySegment bytes = buffer.begin();
        try {
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, part, 0, part.length);
        } finally {
            buffer.end();
        }
        return new ResourceManager.Content(part, length);
    }

    private static Problem tooLong(long bytes) {
        return Problem.of(
                ErrorCode.INVALID_ARGUMENT,
                ResourceRequests.COMPONENT,
                "The content does not fit: the buffer has " + bytes
                        + " bytes. Send less, or allocate a buffer of the size of the content.",
                Map.of("limit", bytes));
    }
}
