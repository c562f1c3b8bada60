package io.millrace.host.limits;

import io.millrace.host.HostLimits;
import io.millrace.host.system.ResourceLimit;
import java.io.IOException;

/**
 * Limits that commands have because their host has them. A process starts with the limits of the one that starts it, so
 * that these cost nothing and hold from its first instruction on; what is set after its start a command could be faster
 * than, and what a program in between sets takes a millisecond more for each command.
 *
 * <p>Only what the host can live with itself is taken. The rest is set by the shell that becomes the command.
 */
public final class InheritedLimits {
    private InheritedLimits() {}

    /**
     * Lowers the limits of this process, for as long as it lives. The number of processes does not hold for root, as which a
     * host runs whose commands have users of their own.
     *
     * @throws IOException if the kernel refuses it
     */
    public static void take(CommonLimits common) throws IOException {
        if (common.isNone()) {
            return;
        }
        ResourceLimit.CORE_BYTES.lower(0);
        take(ResourceLimit.OPEN_FILES, common.openFiles(), HostLimits.HOST_OPEN_FILES_MIN);
        take(ResourceLimit.FILE_BYTES, common.fileBytes(), HostLimits.HOST_FILE_BYTES_MIN);
        take(ResourceLimit.PROCESSES, common.processes(), 1);
    }

    private static void take(ResourceLimit limit, long max, long needed) throws IOException {
        if (max >= needed) {
            limit.lower(max);
        }
    }
}
