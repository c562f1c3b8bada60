package io.millrace.host.system;

/** Numbers of calls of the kernel that differ between processors. */
final class SystemCalls {
    private static final boolean IS_ARM = "aarch64".equals(System.getProperty("os.arch"));

    static final long GETEUID = IS_ARM ? 175 : 107;
    static final long IOCTL = IS_ARM ? 29 : 16;
    static final long PRCTL = IS_ARM ? 167 : 157;
    static final long PRLIMIT = IS_ARM ? 261 : 302;

    private SystemCalls() {}
}
