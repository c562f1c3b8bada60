package io.millrace.channel.resource;

import io.millrace.channel.resource.buffer.BufferMemory;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.resource.Buffer;

/** A buffer as its channel's resource manager hands it to the attempt that holds it. */
public record GrantedBuffer(Handle handle, BufferMemory memory) {

    /** For code that does not say when it uses the memory, such as a handler. */
    public Buffer buffer() {
        return new Buffer(handle, memory.segment());
    }
}
