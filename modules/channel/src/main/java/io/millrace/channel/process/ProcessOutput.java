package io.millrace.channel.process;

import io.millrace.channel.log.OutputBuffer;
import io.millrace.channel.log.OutputPump;

/**
 * Where the output of one process goes.
 *
 * @param pump takes it
 * @param buffer it is read into this on its way; both streams share it, as they are read in turns. Given back before
 *     anybody hears that the process has ended or was not started
 */
public record ProcessOutput(OutputPump pump, OutputBuffer buffer) {

    /** Gives the buffer back as soon as the pump has read what lies in it, and then runs the action. */
    void giveBackBuffer(Runnable then) {
        pump.whenRead(() -> {
            buffer.giveBack();
            then.run();
        });
    }
}
