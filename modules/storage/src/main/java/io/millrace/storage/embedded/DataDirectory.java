package io.millrace.storage.embedded;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The directory a node keeps its files in, locked for as long as this value is open. The operating system lets go of the
 * lock when the process ends in whatever way, so a killed node leaves nothing behind that has to be removed.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class DataDirectory implements AutoCloseable {
    private static final String COMPONENT = "Storage";
    private static final String LOCK_FILE = "node.lock";
    private static final String DATA_SETTING = "MILLRACE_DATA";

    /**
     * Directories that are open in this process. The lock of the operating system is no help here: it belongs to the
     * whole process, and closing any other handle of the lock file would give it up.
     */
    private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

    private final Path path;
    private final FileChannel lock;

    private DataDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Opens a data directory, creating it for its owner alone if it is missing.
     *
     * @throws MillraceException INVALID_ARGUMENT if it cannot be created or written, INVALID_STATE if another node has
     *     it open; the detail names that node's process
     */
    public static DataDirectory open(Path directory) {
        Path path = created(directory);
        if (!OPEN.add(path)) {
            throw inUse(path, ProcessHandle.current().pid() + ", this process");
        }
        try {
            return new DataDirectory(path, locked(path));
        } catch (MillraceException e) {
            OPEN.remove(path);
            throw e;
        }
    }

    private static Path created(Path directory) {
        try {
            Path path = OwnerOnly.directory(directory.toAbsolutePath()).toRealPath();
            Files.delete(Files.createTempFile(path, ".writable", "", OwnerOnly.FILE));
            return path;
        } catch (IOException e) {
            throw unusable(directory, e);
        }
    }

    private static FileChannel locked(Path path) {
        FileChannel channel = null;
        boolean isLocked = false;
        try {
            channel = FileChannel.open(
                    path.resolve(LOCK_FILE),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    OwnerOnly.FILE);
            isLocked = channel.tryLock() != null;
            if (!isLocked) {
                throw inUse(path, owner(channel));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return channel;
        } catch (IOException e) {
            throw unusable(path, e);
        } finally {
            if (!isLocked) {
                closeQuietly(channel);
            }
        }
    }

    private static String owner(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(32);
        channel.read(text, 0);
        String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
        return pid.isEmpty() ? "unknown" : pid;
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // It was never used; what led here says more.
        }
    }

    private static MillraceException inUse(Path path, String owner) {
        return Problem.of(
                        ErrorCode.INVALID_STATE,
                        COMPONENT,
                        "Another node is using the data directory " + path + " (process " + owner + "). Stop that node "
                                + "first, or give this one a directory of its own with " + DATA_SETTING + ".",
                        Map.of("directory", path.toString(), "process", owner))
                .asException();
    }

    private static MillraceException unusable(Path path, IOException cause) {
        return Problem.of(
                        ErrorCode.INVALID_ARGUMENT,
                        COMPONENT,
                        "The data directory " + path + " cannot be used: " + cause + ". Make it writable for the user "
                                + "'" + System.getProperty("user.name") + "', or name another one with " + DATA_SETTING
                                + ".",
                        Map.of("directory", path.toString()))
                .asException();
    }

    /** Absolute path without symbolic links. */
    public Path path() {
        return path;
    }

    /**
     * A directory in this one, created for its owner alone if it is missing.
     *
     * @throws MillraceException INVALID_ARGUMENT if it cannot be created
     */
    public Path subdirectory(String name) {
        Path directory = path.resolve(name);
        try {
            return OwnerOnly.directory(directory);
        } catch (IOException e) {
            throw unusable(directory, e);
        }
    }

    /** Lets another node have the directory. */
    @Override
    public void close() {
        if (lock.isOpen()) {
            closeQuietly(lock);
            OPEN.remove(path);
        }
    }
}
