package io.millrace.host.limits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Limits the system sets for the node and everything it starts. A process can lower them for itself; raising them takes
 * a privilege, so that asking for more is cut to these.
 *
 * @param openFiles per process
 * @param addressSpaceBytes per process
 * @param fileBytes per file
 * @param cpuSeconds per process
 * @param processes per user
 */
public record SystemLimits(long openFiles, long addressSpaceBytes, long fileBytes, long cpuSeconds, long processes) {
    private static final String OPEN_FILES = "Max open files";
    private static final String ADDRESS_SPACE = "Max address space";
    private static final String FILE_SIZE = "Max file size";
    private static final String CPU_TIME = "Max cpu time";
    private static final String PROCESSES = "Max processes";
    private static final int HARD_LIMIT_COLUMN = 1;

    public static SystemLimits read() throws IOException {
        return parse(Files.readAllLines(Path.of("/proc/self/limits")));
    }

    /** @param lines name, soft limit, hard limit, unit */
    public static SystemLimits parse(List<String> lines) {
        return new SystemLimits(
                hardLimit(lines, OPEN_FILES),
                hardLimit(lines, ADDRESS_SPACE),
                hardLimit(lines, FILE_SIZE),
                hardLimit(lines, CPU_TIME),
                hardLimit(lines, PROCESSES));
    }

    private static long hardLimit(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).strip().split("\\s+", -1)[HARD_LIMIT_COLUMN])
                .filter(limit -> !limit.equals("unlimited"))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }
}
