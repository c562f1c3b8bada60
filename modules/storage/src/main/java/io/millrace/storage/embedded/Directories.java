package io.millrace.storage.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What is done to whole directories. Symbolic links are never followed. */
final class Directories {
    private Directories() {}

    /** Removes a directory and all in it; what is gone already is no error. */
    static void delete(Path directory) throws IOException {
        for (Path path : contents(directory).sorted(Comparator.reverseOrder()).toList()) {
            Files.deleteIfExists(path);
        }
    }

    /** Gives a directory and all in it to another user. */
    static void giveTo(Path directory, UserPrincipal owner) throws IOException {
        for (Path path : contents(directory).toList()) {
            Files.setAttribute(path, "owner:owner", owner, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static Stream<Path> contents(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return Stream.empty();
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            return List.copyOf(paths.toList()).stream();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
