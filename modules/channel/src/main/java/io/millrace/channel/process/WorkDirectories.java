package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Work directories of attempts: {@code <data>/work/<channel>/<job>-<number>}. Every call touches files, so it runs where
 * that may block.
 *
 * <p>A directory that was emptied is kept for a later attempt of the same channel: it is renamed, not deleted and made
 * anew. Making directories gets slower the more were deleted lately (ext4 passes over every inode deleted in the last
 * minutes), which would cost short processes a quarter of their rate.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class WorkDirectories {
    private static final int EMPTY_KEPT_MAX = 32;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private final Path root;
    private final Map<ChannelName, Home> homes = new ConcurrentHashMap<>();

    public WorkDirectories(Path dataDirectory) {
        this.root = dataDirectory.toAbsolutePath().normalize().resolve("work");
    }

    /** The directories of one channel: how many were ever kept, and those that are free now. */
    private record Home(Path directory, AtomicLong numbers, Deque<Path> empty) {}

    /** Where the work directory of an attempt is, while it is there. */
    public Path path(ChannelName channel, AttemptId attempt) {
        return root.resolve(channel.value()).resolve(attempt.toString());
    }

    /** Makes an empty one that only the node's user can enter. */
    Path create(ChannelName channel, AttemptId attempt) throws IOException {
        var home = homes.get(channel);
        if (home == null) {
            home = home(channel);
        }
        var directory = path(channel, attempt);
        var empty = home.empty.pollFirst();
        if (empty != null) {
            return Files.move(empty, directory, StandardCopyOption.ATOMIC_MOVE);
        }
        return Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }

    private Home home(ChannelName channel) throws IOException {
        var directory = Files.createDirectories(root.resolve(channel.value()));
        return homes.computeIfAbsent(
                channel, _ -> new Home(directory, new AtomicLong(), new ConcurrentLinkedDeque<>()));
    }

    /** Removes the work directory of an attempt with everything in it; links are removed, not followed. */
    public void remove(ChannelName channel, AttemptId attempt) throws IOException {
        var directory = path(channel, attempt);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(directory);
            return;
        }
        var home = homes.get(channel);
        if (home == null || home.empty.size() >= EMPTY_KEPT_MAX) {
            Files.walkFileTree(directory, new Remover(null));
            return;
        }
        Files.walkFileTree(directory, new Remover(directory));
        Files.setPosixFilePermissions(directory, OWNER_ONLY);
        var empty = home.directory.resolve("empty-" + home.numbers.incrementAndGet());
        home.empty.addFirst(Files.move(directory, empty, StandardCopyOption.ATOMIC_MOVE));
    }

    /** True if there is something at the place of an attempt's work directory. */
    public boolean exists(ChannelName channel, AttemptId attempt) {
        return Files.exists(path(channel, attempt), LinkOption.NOFOLLOW_LINKS);
    }

    /** Removes what attempts of an earlier life of this node left behind. Call before anything runs. */
    void removeAll() throws IOException {
        if (Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            Files.walkFileTree(root, new Remover(null));
        }
    }

    private static final class Remover extends SimpleFileVisitor<Path> {
        private final @Nullable Path kept;

        /** @param kept directory to empty but not to delete */
        Remover(@Nullable Path kept) {
            this.kept = kept;
        }

        /** A directory that its process closed off is opened again, or its content could not be removed. */
        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) throws IOException {
            if (!Files.isWritable(directory) || !Files.isExecutable(directory)) {
                Files.setPosixFilePermissions(directory, OWNER_ONLY);
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
            if (!directory.equals(kept)) {
                Files.deleteIfExists(directory);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
