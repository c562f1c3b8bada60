package io.millrace.host;

import java.io.IOException;
import java.nio.file.Path;

/** One kind of process host, for the tests that every kind passes. */
public interface HostUnderTest {
    /**
     * Starts one.
     *
     * @param directory of its files; not there yet, or used by a host of this kind before
     */
    ProcessHost open(Path directory) throws IOException;

    /** The host for the next life of a node that ended without a word. The one before is not used any more. */
    ProcessHost nextLife(ProcessHost before, Path directory) throws IOException;

    /**
     * Id that a process has on this machine, negative for one that is gone.
     *
     * @param command id of the command, on this machine
     * @param pidForCommand id that the process has for it
     */
    default int pidOnMachine(int command, int pidForCommand) {
        return pidForCommand;
    }
}
