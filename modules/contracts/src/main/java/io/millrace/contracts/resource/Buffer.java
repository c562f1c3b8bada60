package io.millrace.contracts.resource;

import io.millrace.contracts.handle.Handle;
import java.lang.foreign.MemorySegment;

/**
 * Off-heap memory that belongs to its holder alone until it is given back. It is all zeros when it is granted.
 *
 * @param memory the bytes; usable from any thread. Every access after the buffer was given back, or after the attempt has
 *     ended, throws {@link IllegalStateException} instead of touching what belongs to somebody else by then
 */
public record Buffer(Handle handle, MemorySegment memory) {}
