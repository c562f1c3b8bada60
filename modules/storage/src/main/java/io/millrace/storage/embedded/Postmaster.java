package io.millrace.storage.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A server as the {@code postmaster.pid} in its data directory describes it.
 *
 * @param data the data directory, without symbolic links
 * @param pid process id
 * @param port port it listens on, 0 while the file does not say yet
 * @param status {@code starting}, {@code ready}, {@code stopping} or empty while the file does not say yet
 */
record Postmaster(Path data, long pid, int port, String status) {
    private static final String FILE = "postmaster.pid";
    private static final int PORT_LINE = 3;
    private static final int STATUS_LINE = 7;

    /** The server that owns a data directory, absent if the file is missing or says nothing of use. */
    static Optional<Postmaster> of(Path data) throws IOException {
        try {
            return parse(data.toRealPath(), Files.readAllLines(data.resolve(FILE)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static Optional<Postmaster> parse(Path data, List<String> lines) {
        if (lines.isEmpty() || !isNumber(lines.getFirst())) {
            return Optional.empty();
        }
        int port = lines.size() > PORT_LINE && isNumber(lines.get(PORT_LINE))
                ? Integer.parseInt(lines.get(PORT_LINE).strip())
                : 0;
        String status = lines.size() > STATUS_LINE ? lines.get(STATUS_LINE).strip() : "";
        return Optional.of(new Postmaster(data, Long.parseLong(lines.getFirst().strip()), port, status));
    }

    private static boolean isNumber(String text) {
        return text.strip().matches("\\d{1,9}");
    }

    /**
     * True if the process the file names is that server. After a restart of the machine or the container its number may
     * belong to anything; a server is the only program that works in its data directory.
     */
    boolean isAlive() {
        try {
            return isNumberInUse()
                    && Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "cwd"))
                            .equals(data);
        } catch (IOException e) {
            return false;
        }
    }

    /** True if some process has the number. PostgreSQL takes any such process for the server. */
    boolean isNumberInUse() {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    /**
     * Writes the number of a process that has just ended into the file. PostgreSQL then sees that the server is gone and
     * still checks, by the rest of the file, that nothing of it is left in shared memory; without the file it would not.
     */
    void replaceNumber(long endedPid) throws IOException {
        Path file = data.resolve(FILE);
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.set(0, Long.toString(endedPid));
        Files.write(file, lines);
    }
}
