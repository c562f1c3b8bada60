package io.millrace.channel.resource.buffer;

import java.lang.foreign.MemorySegment;

/** Where pools get memory outside the heap from. */
interface NativeMemory {
    /** Memory that holds only zeros, valid until it is freed; {@link MemorySegment#NULL} if the system gives none. */
    MemorySegment allocate(long bytes);

    /** Ends memory that {@link #allocate} returned; nobody may touch it any more. */
    void free(MemorySegment memory);
}
