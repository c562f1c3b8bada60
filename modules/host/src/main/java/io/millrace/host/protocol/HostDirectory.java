package io.millrace.host.protocol;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a companion, below the data directory of its node. Nobody else may look into it: who reads the secret
 * in it can have any command run.
 *
 * @param path absolute
 */
public record HostDirectory(Path path) {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final int SECRET_BYTES = 32;

    /** The directory of a node's companion, made if it is missing. */
    public static HostDirectory below(Path dataDirectory) throws IOException {
        var path = dataDirectory.toAbsolutePath().normalize().resolve("host");
        Files.createDirectories(path);
        Files.setPosixFilePermissions(path, OWNER_ONLY);
        return new HostDirectory(path);
    }

    /** The data directory of the node, which this lies in. */
    public Path dataDirectory() {
        return path.resolve("..").normalize();
    }

    /** Name of the socket in it. A whole path may be too long for the address of a socket. */
    public static Path socketName() {
        return Path.of("socket");
    }

    /**
     * By what the commands of this directory's companions are marked for ever; absent if none was ever started.
     *
     * @throws IOException if it is there and cannot be read
     */
    public Optional<String> hostId() throws IOException {
        try {
            return Optional.of(Files.readString(path.resolve("id")).strip()).filter(id -> !id.isEmpty());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** What the companion writes about itself. */
    public Path log() {
        return path.resolve("host.log");
    }

    /** Classes made ready by an earlier companion, so that the next one starts sooner. */
    public Path sharedArchive() {
        return path.resolve("host.jsa");
    }

    /** Where the system leaves a report if the companion's virtual machine crashes. */
    public Path crashReport() {
        return path.resolve("host.crash");
    }

    /**
     * The only life of the node that may use this directory; ends with the process at the latest.
     *
     * @throws IOException if another one uses it
     */
    public FileLock lockForNode() throws IOException {
        return lock(
                "node.lock",
                "Another node uses " + dataDirectory() + ". End it, or give this one a data directory"
                        + " of its own.");
    }

    /**
     * The only companion in this directory; ends with the process at the latest.
     *
     * @throws IOException if another one is there
     */
    public FileLock lockForHost() throws IOException {
        return lock("host.lock", "Another process host runs in " + path + ".");
    }

    private FileLock lock(String name, String refusal) throws IOException {
        var channel = FileChannel.open(
                path.resolve(name), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), PRIVATE_FILE);
        @Nullable FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            // This very process has it.
        }
        if (lock == null) {
            channel.close();
            throw new IOException(refusal);
        }
        return lock;
    }

    /** Makes a new secret and keeps it here. */
    public byte[] newSecret() throws IOException {
        var secret = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        replace("secret", secret);
        return secret;
    }

    /** What the companion that runs here wants to be shown. */
    public byte[] secret() throws IOException {
        return Files.readAllBytes(path.resolve("secret"));
    }

    public void writeState(HostState state) throws IOException {
        replace("host", state.text().getBytes(StandardCharsets.UTF_8));
    }

    /** The companion that was here last; absent if there was none or what it left cannot be read. */
    public Optional<HostState> state() throws IOException {
        try {
            return HostState.parse(Files.readString(path.resolve("host")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whoever reads it sees the old content or the new one, and never a part. */
    private void replace(String name, byte[] content) throws IOException {
        var fresh = path.resolve(name + ".new");
        Files.deleteIfExists(fresh);
        try (var channel = FileChannel.open(
                fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE_FILE)) {
            channel.write(ByteBuffer.wrap(content));
        }
        Files.move(fresh, path.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
