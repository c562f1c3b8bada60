package io.millrace.host.system;

import java.util.Map;

/** Signals to whole process groups. */
public final class Signals {
    public static final int HANG_UP = 1;
    public static final int INTERRUPT = 2;
    public static final int KILL = 9;
    public static final int TERMINATE = 15;
    private static final int EXISTENCE = 0;

    private static final Map<Integer, String> NAMES = Map.ofEntries(
            Map.entry(1, "SIGHUP"),
            Map.entry(2, "SIGINT"),
            Map.entry(3, "SIGQUIT"),
            Map.entry(4, "SIGILL"),
            Map.entry(5, "SIGTRAP"),
            Map.entry(6, "SIGABRT"),
            Map.entry(7, "SIGBUS"),
            Map.entry(8, "SIGFPE"),
            Map.entry(9, "SIGKILL"),
            Map.entry(10, "SIGUSR1"),
            Map.entry(11, "SIGSEGV"),
            Map.entry(12, "SIGUSR2"),
            Map.entry(13, "SIGPIPE"),
            Map.entry(14, "SIGALRM"),
            Map.entry(15, "SIGTERM"),
            Map.entry(24, "SIGXCPU"),
            Map.entry(25, "SIGXFSZ"),
            Map.entry(31, "SIGSYS"));

    private Signals() {}

    /** Sends a signal to every process of a group; false if the group is empty. */
    public static boolean sendToGroup(int group, int signal) {
        return LibC.kill(-group, signal) != LibC.ESRCH;
    }

    /** True if a process of the group lives. One that has ended and waits to be collected does not. */
    public static boolean isAlive(int group) {
        return sendToGroup(group, EXISTENCE) && ProcessTable.hasLivingMember(group);
    }

    /** Name of a signal, for example {@code SIGKILL}. */
    public static String name(int signal) {
        return NAMES.getOrDefault(signal, "SIG" + signal);
    }
}
