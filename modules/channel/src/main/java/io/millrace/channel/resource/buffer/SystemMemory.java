package io.millrace.channel.resource.buffer;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.contracts.ThreadSafety;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Memory of the C library. An arena could allocate too, but to close it interrupts every thread of the JVM for a moment:
 * freeing hundreds of small buffers to make room for a large one would then take tens of milliseconds.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
@SuppressWarnings("restricted")
final class SystemMemory implements NativeMemory {
    private static final Linker LINKER = Linker.nativeLinker();

    /**
     * Has the shape of the calls that start processes, so that the linker hands out the code it made for them when the node
     * started; making code for another shape would delay the first buffer by some ten milliseconds.
     */
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    private static final MemorySegment CALLOC = LINKER.defaultLookup().findOrThrow("calloc");
    private static final MemorySegment FREE = LINKER.defaultLookup().findOrThrow("free");

    private final MemorySegment state = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

    @Override
    public MemorySegment allocate(long bytes) {
        long address = call(CALLOC, 1, bytes);
        return address == 0
                ? MemorySegment.NULL
                : MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    @Override
    public void free(MemorySegment memory) {
        call(FREE, memory.address(), 0);
    }

    private long call(MemorySegment function, long first, long second) {
        try {
            return (long) CALL.invokeExact(function, state, first, second, 0L, 0L, 0L, 0L);
        } catch (Throwable e) {
            // A method handle declares any exception; a C function throws none.
            throw new IllegalStateException("A call of the C library failed", e);
        }
    }
}
