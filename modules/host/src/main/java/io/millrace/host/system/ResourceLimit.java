package io.millrace.host.system;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;

/** Limits the kernel holds a process to. Whatever it starts begins with them. */
public enum ResourceLimit {
    FILE_BYTES(1),
    CORE_BYTES(4),
    PROCESSES(6),
    OPEN_FILES(7);

    private static final int THIS_PROCESS = 0;
    private static final int SOFT = 0;
    private static final int HARD = 1;

    private final int number;

    ResourceLimit(int number) {
        this.number = number;
    }

    /** Lowers the limit of this process for good; one that is lower already stays. */
    public void lower(long max) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var pair = memory.allocate(JAVA_LONG, 2);
            call(0, pair.address());
            for (int i : new int[] {SOFT, HARD}) {
                long now = pair.getAtIndex(JAVA_LONG, i);
                pair.setAtIndex(JAVA_LONG, i, Long.compareUnsigned(now, max) < 0 ? now : max);
            }
            call(pair.address(), 0);
        }
    }

    private void call(long to, long from) throws IOException {
        long result = LibC.systemCall(SystemCalls.PRLIMIT, THIS_PROCESS, number, to, from);
        if (result < 0) {
            throw new IOException("prlimit: " + LibC.message((int) -result));
        }
    }
}
