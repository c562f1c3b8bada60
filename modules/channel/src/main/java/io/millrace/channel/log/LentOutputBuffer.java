package io.millrace.channel.log;

import java.lang.foreign.MemorySegment;

/** A buffer of the channel's ledger. Whoever took it for the attempt gives it back with everything else the attempt held. */
record LentOutputBuffer(MemorySegment memory) implements OutputBuffer {

    @Override
    public void giveBack() {
        // The cleanup of the attempt does, once its processes are gone.
    }
}
