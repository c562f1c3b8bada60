package io.millrace.host.protocol;

import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.util.Optional;

/**
 * What a companion writes down about itself when it is ready. A process id alone proves nothing: the system gives it to
 * another process some day.
 *
 * @param version of the protocol, {@link Frame#VERSION}
 * @param pid of the companion
 * @param startTicks when that process started, in clock ticks from the start of the machine
 * @param bootId of that start of the machine
 */
public record HostState(int version, int pid, long startTicks, String bootId) {
    private static final int FIELDS = 4;

    /** Of the calling process. */
    public static HostState own() throws IOException {
        int pid = Math.toIntExact(ProcessHandle.current().pid());
        var entry = ProcessTable.find(pid).orElseThrow(() -> new IOException("/proc does not show this process"));
        return new HostState(Frame.VERSION, pid, entry.startTicks(), ProcessTable.bootId());
    }

    /** True if the process that wrote this lives. */
    public boolean isAlive() throws IOException {
        return ProcessTable.bootId().equals(bootId)
                && ProcessTable.find(pid)
                        .filter(entry -> entry.startTicks() == startTicks && !entry.isEnded())
                        .isPresent();
    }

    String text() {
        return version + " " + pid + " " + startTicks + " " + bootId + "\n";
    }

    static Optional<HostState> parse(String text) {
        String[] fields = text.strip().split(" ", -1);
        if (fields.length != FIELDS) {
            return Optional.empty();
        }
        try {
            return Optional.of(new HostState(
                    Integer.parseInt(fields[0]), Integer.parseInt(fields[1]), Long.parseLong(fields[2]), fields[3]));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
