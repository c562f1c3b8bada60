package io.millrace.channel.process;

import io.millrace.host.system.Credentials;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what a command left in a directory, while others that run as the same user may still change it. Every step is
 * relative to a directory that is held open, and no link is followed: a node that runs as root cannot be led to remove
 * files elsewhere by a directory that is exchanged for a link.
 */
final class DirectoryRemoval {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryRemoval.class);

    /** Each level keeps a file open; what lies deeper is moved up first. */
    private static final int DEPTH_MAX = 64;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private final Path directory;
    private final SecureDirectoryStream<Path> top;
    private boolean hasMoved;

    private DirectoryRemoval(Path directory, SecureDirectoryStream<Path> top) {
        this.directory = directory;
        this.top = top;
    }

    /** Removes a file, a link, or a directory with everything in it. Only the node may be able to change where it lies. */
    static void remove(Path directory) throws IOException {
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            empty(directory);
        }
        Files.deleteIfExists(directory);
    }

    /** Removes everything in a directory. Only the node may be able to change where it lies. */
    static void empty(Path directory) throws IOException {
        open(directory);
        boolean isEmpty = false;
        while (!isEmpty) {
            try (SecureDirectoryStream<Path> top = stream(directory)) {
                var removal = new DirectoryRemoval(directory, top);
                removal.empty(top, directory, 0);
                isEmpty = !removal.hasMoved;
            }
        }
    }

    private static SecureDirectoryStream<Path> stream(Path directory) throws IOException {
        var stream = Files.newDirectoryStream(directory);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        stream.close();
        throw new IOException("The file system of " + directory + " has no operations relative to an open directory");
    }

    private void empty(SecureDirectoryStream<Path> level, Path path, int depth) throws IOException {
        for (Path entry : level) {
            Path name = entry.getFileName();
            if (name == null) {
                throw new IOException("An entry of " + directory + " has no name");
            }
            try {
                remove(level, name, path.resolve(name), depth);
            } catch (NoSuchFileException e) {
                LOG.debug("{} was removed by somebody else meanwhile", path, e);
            }
        }
    }

    private void remove(SecureDirectoryStream<Path> level, Path name, Path path, int depth) throws IOException {
        var attributes = level.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
        if (!attributes.isDirectory()) {
            level.deleteFile(name);
        } else if (depth == DEPTH_MAX) {
            level.move(name, top, Path.of(UUID.randomUUID().toString()));
            hasMoved = true;
        } else {
            open(path);
            try (SecureDirectoryStream<Path> below = level.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                empty(below, path, depth + 1);
            }
            level.deleteDirectory(name);
        }
    }

    /**
     * A directory that its command closed off is opened again. Root needs none of that; for any other node a link cannot
     * lead to more than the command could do by itself.
     */
    private static void open(Path directory) throws IOException {
        if (Credentials.effectiveUser() == Credentials.ROOT) {
            return;
        }
        if (!Files.isWritable(directory) || !Files.isExecutable(directory) || !Files.isReadable(directory)) {
            try {
                Files.setPosixFilePermissions(directory, OWNER_ONLY);
            } catch (AccessDeniedException e) {
                throw new IOException(
                        "The directory " + directory + " belongs to another user and cannot be removed", e);
            }
        }
    }
}
