package io.millrace.channel.process;

import io.millrace.host.system.LibC;
import io.millrace.channel.log.OutputBuffer;
import io.millrace.channel.log.OutputPump;
import io.millrace.contracts.log.LogStream;

/**
 * Where the output of one process goes.
 *
 * @param pump takes it
 * @param buffer it is read into this on its way; both pipes share it, as they are read in turns. Given back before
 *     anybody hears that the process has ended or was not started
 */
public record ProcessOutput(OutputPump pump, OutputBuffer buffer) {
    /**
     * Reads once from a pipe and hands in what came.
     *
     * @return bytes read, 0 or less at the end of the pipe
     */
    int read(int pipe, LogStream stream) {
        var memory = buffer.memory();
        int count = LibC.read(pipe, memory);
        if (count > 0) {
            pump.writeBuffered(stream, memory.asSlice(0, count), System.currentTimeMillis());
        }
        return count;
    }

    /** Gives the buffer back as soon as the pump has read what lies in it, and then runs the action. */
    void giveBackBuffer(Runnable then) {
        pump.whenRead(() -> {
            buffer.giveBack();
            then.run();
        });
    }
}
