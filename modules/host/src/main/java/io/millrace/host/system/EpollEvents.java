package io.millrace.host.system;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An array of {@code struct epoll_event}. On x86-64 the structure is packed, on other processors it is not. */
public final class EpollEvents {
    private static final boolean IS_PACKED = "amd64".equals(System.getProperty("os.arch"));
    private static final int TAG_OFFSET = IS_PACKED ? 4 : 8;
    private static final int SIZE = TAG_OFFSET + 8;

    private final MemorySegment memory;
    private final MemorySegment state;
    private final int capacity;

    public EpollEvents(Arena arena, int capacity) {
        this.memory = arena.allocate((long) SIZE * capacity, 8);
        this.state = LibC.state(arena);
        this.capacity = capacity;
    }

    public static MemorySegment one(Arena arena, int events, long tag) {
        var event = arena.allocate(SIZE, 8);
        event.set(JAVA_INT_UNALIGNED, 0, events);
        event.set(JAVA_LONG_UNALIGNED, TAG_OFFSET, tag);
        return event;
    }

    /** What happened to a descriptor: bits such as {@link LibC#EPOLLIN}. */
    public int events(int index) {
        return memory.get(JAVA_INT_UNALIGNED, (long) index * SIZE);
    }

    public long tag(int index) {
        return memory.get(JAVA_LONG_UNALIGNED, (long) index * SIZE + TAG_OFFSET);
    }

    public MemorySegment memory() {
        return memory;
    }

    /** Memory for the error number of a wait. */
    public MemorySegment state() {
        return state;
    }

    public int capacity() {
        return capacity;
    }
}
