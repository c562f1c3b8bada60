package io.millrace.node.quickstart;

import io.millrace.host.system.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Sources that the quickstart's jobs can read. Where it runs as root they have a user of their own, who may not be able to
 * reach the project, so that they get a copy; otherwise they read the project's.
 */
final class ReadableSources implements AutoCloseable {
    private static final int DEPTH_MAX = 32;
    private static final Set<PosixFilePermission> FOR_EVERYBODY = PosixFilePermissions.fromString("rwxr-xr-x");

    private final Path directory;
    private final boolean isCopy;

    private ReadableSources(Path directory, boolean isCopy) {
        this.directory = directory;
        this.isCopy = isCopy;
    }

    /** @param modules directory with a directory for each module */
    static ReadableSources of(Path modules) throws IOException {
        return Credentials.effectiveUser() == Credentials.ROOT
                ? new ReadableSources(copyOf(modules), true)
                : new ReadableSources(modules, false);
    }

    Path directory() {
        return directory;
    }

    private static Path copyOf(Path modules) throws IOException {
        Path copy = Files.createTempDirectory("millrace-quickstart");
        Files.setPosixFilePermissions(copy, FOR_EVERYBODY);
        for (Path module : children(modules)) {
            if (Files.isDirectory(module.resolve("src"))) {
                copyJava(module.resolve("src"), modules, copy);
            }
        }
        return copy;
    }

    private static void copyJava(Path sources, Path from, Path to) throws IOException {
        try (Stream<Path> files =
                Files.find(sources, DEPTH_MAX, (file, _) -> file.toString().endsWith(".java"))) {
            for (Path file : files.toList()) {
                Path inModules = from.relativize(file);
                Path directory = to;
                for (Path name : inModules.subpath(0, inModules.getNameCount() - 1)) {
                    directory = directory.resolve(name);
                    makeForEverybody(directory);
                }
                Path copy = Files.copy(file, to.resolve(inModules));
                Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
            }
        }
    }

    private static void makeForEverybody(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectory(directory);
            Files.setPosixFilePermissions(directory, FOR_EVERYBODY);
        }
    }

    private static List<Path> children(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.toList();
        }
    }

    @Override
    public void close() throws IOException {
        if (!isCopy) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
