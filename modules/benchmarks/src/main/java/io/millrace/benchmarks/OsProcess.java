package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the operating system says of a process that lives, read from {@code /proc}. */
record OsProcess(long pid) {
    static final int TICKS_PER_SECOND = 100;
    private static final double KILOBYTES_PER_MEGABYTE = 1_024;

    double residentMegabytes() throws IOException {
        return status("VmRSS:") / KILOBYTES_PER_MEGABYTE;
    }

    long threads() throws IOException {
        return status("Threads:");
    }

    /** Processor time it has used so far. */
    long processorTicks() throws IOException {
        String[] fields = stat();
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    /** Processor time of those of its children, and of theirs, whose end was waited for. */
    long childrenTicks() throws IOException {
        String[] fields = stat();
        return Long.parseLong(fields[13]) + Long.parseLong(fields[14]);
    }

    /** What follows the name of the program, which may hold any characters. */
    private String[] stat() throws IOException {
        String stat = Files.readString(directory().resolve("stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    }

    /** True also while it is a zombie. */
    boolean isThere() {
        return Files.exists(directory());
    }

    private long status(String name) throws IOException {
        return Files.readAllLines(directory().resolve("status")).stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private Path directory() {
        return Path.of("/proc", Long.toString(pid));
    }
}
