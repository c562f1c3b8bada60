package io.millrace.host.system;

import java.io.IOException;
import java.util.Optional;

/**
 * A handle of the kernel on one process. Unlike a process id it never stands for another one: a signal through it reaches
 * the process that had the id when it was opened, or nobody.
 */
public final class ProcessDescriptor implements AutoCloseable {
    private static final long SYS_PIDFD_SEND_SIGNAL = 424;

    private final int descriptor;

    private ProcessDescriptor(int descriptor) {
        this.descriptor = descriptor;
    }

    /** Opens the process that has an id now; nothing if there is none, or no descriptor is left. */
    public static Optional<ProcessDescriptor> open(int pid) {
        try {
            return Optional.of(new ProcessDescriptor(LibC.processDescriptor(pid)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Sends a signal; false if the process is gone, or this process may not. */
    public boolean send(int signal) {
        return LibC.systemCall(SYS_PIDFD_SEND_SIGNAL, descriptor, signal, 0, 0) == 0;
    }

    @Override
    public void close() {
        LibC.close(descriptor);
    }
}
