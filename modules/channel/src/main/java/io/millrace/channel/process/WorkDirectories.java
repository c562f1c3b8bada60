package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.host.RunKey;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work directories of attempts: {@code work/<channel>/<job>-<number>}, below the data directory of the node or where the
 * users of commands can reach them. Every call touches files, so it runs where
 * that may block.
 *
 * <p>A directory that was emptied is kept for a later attempt of the same channel: it is renamed, not deleted and made
 * anew. Making directories gets slower the more were deleted lately (ext4 passes over every inode deleted in the last
 * minutes), which would cost short processes a quarter of their rate. Nothing is kept for a channel that has left.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class WorkDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(WorkDirectories.class);
    private static final int EMPTY_KEPT_MAX = 32;
    private static final Set<PosixFilePermission> PASSABLE = PosixFilePermissions.fromString("rwx--x--x");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private final Path root;
    private final Map<ChannelName, Home> homes = new ConcurrentHashMap<>();
    /** How many were ever kept. */
    private final AtomicLong kept = new AtomicLong();

    /** @param place directory in which they lie, together in one of their own */
    public WorkDirectories(Path place) {
        this.root = place.toAbsolutePath().normalize().resolve("work");
    }

    /** The directory of one channel, and those in it that are free now. */
    private record Home(Path directory, Deque<Path> empty) {}

    /** Where the work directory of an attempt is, while it is there. */
    public Path path(ChannelName channel, AttemptId attempt) {
        return root.resolve(channel.value()).resolve(attempt.toString());
    }

    /** Makes an empty one that only its owner can enter: the node's user, until it is given to the command's. */
    Path create(ChannelName channel, AttemptId attempt) throws IOException {
        Home known = homes.get(channel);
        try {
            return create(known == null ? home(channel) : known, path(channel, attempt));
        } catch (NoSuchFileException e) {
            LOG.debug("The directory of channel {} was removed meanwhile, because it was left before", channel, e);
            return create(home(channel), path(channel, attempt));
        }
    }

    private static Path create(Home home, Path directory) throws IOException {
        Path empty = home.empty.pollFirst();
        if (empty != null) {
            return Files.move(empty, directory, StandardCopyOption.ATOMIC_MOVE);
        }
        return Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }

    private Home home(ChannelName channel) throws IOException {
        Files.createDirectories(root);
        var directory = passable(passable(root).resolve(channel.value()));
        return homes.computeIfAbsent(channel, _ -> new Home(directory, new ConcurrentLinkedDeque<>()));
    }

    /** A directory that users of commands pass through on the way to their own, and cannot list. */
    private static Path passable(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            try {
                Files.createDirectory(directory);
            } catch (FileAlreadyExistsException e) {
                LOG.debug("{} was made for another attempt meanwhile", directory, e);
            }
        }
        return Files.setPosixFilePermissions(directory, PASSABLE);
    }

    /** Removes the work directory of an attempt with everything in it; links are removed, not followed. */
    public void remove(ChannelName channel, AttemptId attempt) throws IOException {
        Path directory = path(channel, attempt);
        Home home = homes.get(channel);
        boolean isDirectory = Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS);
        if (isDirectory && home != null && home.empty.size() < EMPTY_KEPT_MAX) {
            keep(channel, home, directory);
            return;
        }
        DirectoryRemoval.remove(directory);
        if (home == null) {
            removeIfEmpty(root.resolve(channel.value()));
        }
    }

    private void keep(ChannelName channel, Home home, Path directory) throws IOException {
        DirectoryRemoval.empty(directory);
        Files.setPosixFilePermissions(directory, OWNER_ONLY);
        Path empty = home.directory.resolve("empty-" + kept.incrementAndGet());
        home.empty.addFirst(Files.move(directory, empty, StandardCopyOption.ATOMIC_MOVE));
        if (homes.get(channel) != home) {
            discard(home);
        }
    }

    /** The channel has left this node: what was kept for it is removed. Directories of processes that still run stay. */
    void leave(ChannelName channel) throws IOException {
        Home home = homes.remove(channel);
        if (home != null) {
            discard(home);
        }
    }

    private static void discard(Home home) throws IOException {
        for (Path empty = home.empty.poll(); empty != null; empty = home.empty.poll()) {
            Files.deleteIfExists(empty);
        }
        removeIfEmpty(home.directory);
    }

    /** True if there is something at the place of an attempt's work directory. */
    public boolean exists(ChannelName channel, AttemptId attempt) {
        return Files.exists(path(channel, attempt), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Removes what attempts of an earlier life of this node left behind. Call before anything is started.
     *
     * @param running processes that still run in theirs
     */
    void removeAllBut(Collection<RunKey> running) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Set<Path> kept = new HashSet<>();
        for (RunKey run : running) {
            AttemptId attempt = new AttemptId(JobId.parse(run.id()), run.number(), run.epoch());
            kept.add(path(new ChannelName(run.channel()), attempt));
        }
        for (Path channel : children(root)) {
            if (kept.stream().noneMatch(each -> each.startsWith(channel))) {
                DirectoryRemoval.remove(channel);
                continue;
            }
            for (Path directory : children(channel)) {
                if (!kept.contains(directory)) {
                    DirectoryRemoval.remove(directory);
                }
            }
        }
    }

    /** Removes what is kept empty and what it lies in, except directories of processes that still run. */
    void close() throws IOException {
        for (Home home : homes.values()) {
            discard(home);
        }
        removeIfEmpty(root);
    }

    private static void removeIfEmpty(Path directory) throws IOException {
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException e) {
            LOG.debug("Directory {} is still used", directory);
        }
    }

    private static List<Path> children(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.toList();
        }
    }
}
