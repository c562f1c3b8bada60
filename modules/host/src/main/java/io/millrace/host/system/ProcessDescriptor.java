package io.millrace.host.system;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A handle of the kernel on one process. Unlike a process id it never stands for another one: a signal through it reaches
 * the process that had the id when it was opened, or nobody.
 */
public final class ProcessDescriptor implements AutoCloseable {
    private static final long SYS_PIDFD_SEND_SIGNAL = 424;

    /** {@code PIDFD_GET_INFO} with the first version of its structure. */
    private static final long GET_INFO = 0xC040_FF0BL;

    private static final long INFO_BYTES = 64;
    private static final long INFO_EXIT = 1 << 3;
    private static final long WAIT_STATUS_AT = 60;

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

    /**
     * How a process ended that its parent has collected, as that one was told, whoever it is.
     *
     * @return nothing before that, or before Linux 6.15
     */
    public OptionalInt waitStatus() {
        try (var memory = Arena.ofConfined()) {
            var info = memory.allocate(INFO_BYTES, Long.BYTES);
            info.set(JAVA_LONG, 0, INFO_EXIT);
            boolean isAnswered = LibC.systemCall(SystemCalls.IOCTL, descriptor, GET_INFO, info.address()) == 0;
            return isAnswered && (info.get(JAVA_LONG, 0) & INFO_EXIT) != 0
                    ? OptionalInt.of(info.get(JAVA_INT, WAIT_STATUS_AT))
                    : OptionalInt.empty();
        }
    }

    @Override
    public void close() {
        LibC.close(descriptor);
    }
}
