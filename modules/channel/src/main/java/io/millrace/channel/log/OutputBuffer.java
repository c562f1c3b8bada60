package io.millrace.channel.log;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.lang.foreign.MemorySegment;

/**
 * Memory outside the heap into which the output of one attempt is read, lent until it is given back. Output costs the
 * heap nothing until it is part of a block that is stored.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public interface OutputBuffer {
    /** Size of the memory: what a pipe of Linux holds unless somebody enlarged it. */
    int BYTES = Limits.LOG_BLOCK_BYTES_MAX;

    /**
     * Memory of {@link #BYTES}, the same at each call, which any thread may use until it is given back.
     *
     * @throws IllegalStateException if there is none any more
     */
    MemorySegment memory();

    /** Nobody uses the memory from here on. Called once, from any thread, even if the memory was never asked for. */
    void giveBack();
}
