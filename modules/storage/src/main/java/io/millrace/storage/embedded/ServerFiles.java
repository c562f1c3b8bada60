package io.millrace.storage.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the private server's files are.
 *
 * @param dataDirectory data directory of the node
 * @param root directory of everything that belongs to the server
 */
record ServerFiles(Path dataDirectory, Path root) {
    /** Settings of the server, beside its own in its data directory. */
    static final String SETTINGS = "millrace.conf";

    private static final int LOG_LINES_SHOWN = 10;

    Path data() {
        return root.resolve("data");
    }

    Path log() {
        return root.resolve("log");
    }

    /** What the server says before it writes its own log. */
    Path startLog() {
        return log().resolve("start.log");
    }

    Path password() {
        return root.resolve("password");
    }

    Path url() {
        return root.resolve("url");
    }

    /** The end of the log that was written last, for messages. */
    String lastLogLines() throws IOException {
        List<String> lines = new ArrayList<>();
        Path newest = newestLog();
        if (newest != null) {
            lines.addAll(Files.readAllLines(newest));
        }
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
    }

    private @Nullable Path newestLog() throws IOException {
        if (!Files.isDirectory(log())) {
            return null;
        }
        Path newest = null;
        try (var entries = Files.newDirectoryStream(log(), "*.log")) {
            for (Path entry : entries) {
                if (newest == null
                        || Files.getLastModifiedTime(entry).compareTo(Files.getLastModifiedTime(newest)) > 0) {
                    newest = entry;
                }
            }
        }
        return newest;
    }
}
