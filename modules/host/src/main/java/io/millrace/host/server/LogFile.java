package io.millrace.host.server;

import io.millrace.host.HostLimits;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file that the companion's standard output and errors go to, which would grow without end otherwise. */
final class LogFile {
    private static final Logger LOG = LoggerFactory.getLogger(LogFile.class);
    private static final long CHECK_NANOS = 1_000_000_000;

    private final Path path;
    private long nextCheckNanos = System.nanoTime();

    LogFile(Path path) {
        this.path = path;
    }

    /** Empties the file once it is full; looks at most once a second. Whoever writes to it goes on at its new end. */
    void keepBounded() {
        long now = System.nanoTime();
        if (now - nextCheckNanos < 0) {
            return;
        }
        nextCheckNanos = now + CHECK_NANOS;
        try {
            if (Files.exists(path) && Files.size(path) > HostLimits.LOG_BYTES_MAX) {
                empty();
                LOG.warn("The log was full with {} bytes and begins anew", HostLimits.LOG_BYTES_MAX);
            }
        } catch (IOException e) {
            LOG.warn("The log {} could not be emptied", path, e);
        }
    }

    private void empty() throws IOException {
        try (var file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            file.truncate(0);
        }
    }
}
