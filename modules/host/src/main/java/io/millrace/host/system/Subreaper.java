package io.millrace.host.system;

import java.io.IOException;

/** Makes this process the one that the kernel gives orphans to which descend from it, instead of the system's first. */
public final class Subreaper {
    private static final int PR_SET_CHILD_SUBREAPER = 36;
    private static final int ON = 1;

    private Subreaper() {}

    /** Holds until this process ends. What it starts does not inherit it. */
    public static void become() throws IOException {
        long result = LibC.systemCall(SystemCalls.PRCTL, PR_SET_CHILD_SUBREAPER, ON, 0, 0, 0);
        if (result < 0) {
            throw new IOException("This process cannot adopt orphans: " + LibC.message((int) -result));
        }
    }
}
