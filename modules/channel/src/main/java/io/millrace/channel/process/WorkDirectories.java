package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ChannelName;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * Work directories of attempts: {@code <data>/work/<channel>/<job>-<number>}. Every call touches files, so it runs where
 * that may block.
 */
public final class WorkDirectories {
    private final Path root;

    public WorkDirectories(Path dataDirectory) {
        this.root = dataDirectory.toAbsolutePath().normalize().resolve("work");
    }

    /** Where the work directory of an attempt is, while it is there. */
    public Path path(ChannelName channel, AttemptId attempt) {
        return root.resolve(channel.value()).resolve(attempt.toString());
    }

    /** Makes an empty one that only the node's user can enter. */
    Path create(ChannelName channel, AttemptId attempt) throws IOException {
        var directory = path(channel, attempt);
        Files.createDirectories(directory.getParent());
        remove(directory);
        return Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /** Removes the work directory of an attempt with everything in it; links are removed, not followed. */
    public void remove(ChannelName channel, AttemptId attempt) throws IOException {
        remove(path(channel, attempt));
    }

    /** True if there is something at the place of an attempt's work directory. */
    public boolean exists(ChannelName channel, AttemptId attempt) {
        return Files.exists(path(channel, attempt), LinkOption.NOFOLLOW_LINKS);
    }

    /** Removes what attempts of an earlier life of this node left behind. Call before anything runs. */
    void removeAll() throws IOException {
        remove(root);
    }

    private static void remove(Path directory) throws IOException {
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.walkFileTree(directory, new Remover());
        }
    }

    private static final class Remover extends SimpleFileVisitor<Path> {
        /** A directory that its process closed off is opened again, or its content could not be removed. */
        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
            if (!Files.isWritable(directory) || !Files.isExecutable(directory)) {
                Files.setPosixFilePermissions(
                        directory,
                        EnumSet.of(
                                PosixFilePermission.OWNER_READ,
                                PosixFilePermission.OWNER_WRITE,
                                PosixFilePermission.OWNER_EXECUTE));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            if (failure != null) {
                throw failure;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
