package io.millrace.storage.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs short programs to their end. */
final class Commands {
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private Commands() {}

    /** How a program ended, and what it wrote. */
    record Result(int exitCode, String output) {
        boolean isSuccess() {
            return exitCode == 0;
        }
    }

    static boolean succeeds(List<String> command, Duration timeout) {
        return run(command, timeout).isSuccess();
    }

    /**
     * Runs a program in a fresh environment: {@code PGDATA}, {@code PGOPTIONS} and others of the node's own would change
     * what PostgreSQL does. Output goes through a file, because a server that is started this way keeps its handles, and
     * a pipe would never end.
     *
     * @return exit code 127 if there is no such program, 124 if it did not end in time and was killed
     */
    static Result run(List<String> command, Duration timeout) {
        Path output = null;
        try {
            output = Files.createTempFile("millrace-", ".out", OwnerOnly.FILE);
            return run(command, timeout, output);
        } catch (IOException e) {
            return new Result(127, e.toString());
        } finally {
            deleteQuietly(output);
        }
    }

    private static Result run(List<String> command, Duration timeout, Path output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        Map<String, String> environment = builder.environment();
        String path = environment.getOrDefault("PATH", DEFAULT_PATH);
        environment.clear();
        environment.put("PATH", path);
        environment.put("LC_ALL", "C");
        Process process = builder.start();
        try {
            if (process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Result(process.exitValue(), Files.readString(output));
            }
            process.destroyForcibly();
            return new Result(124, Files.readString(output));
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return new Result(124, "interrupted");
        }
    }

    private static void deleteQuietly(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a file just written could not be removed", e);
        }
    }
}
