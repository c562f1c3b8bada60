package io.millrace.host.system;

/** Whom this process runs as. */
public final class Credentials {
    public static final int ROOT = 0;

    private Credentials() {}

    /** Number of the effective user, which the kernel judges by. */
    public static int effectiveUser() {
        return (int) LibC.systemCall(SystemCalls.GETEUID);
    }
}
