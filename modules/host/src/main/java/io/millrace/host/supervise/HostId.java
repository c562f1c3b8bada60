package io.millrace.host.supervise;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * Names the process host of one data directory for ever, so that a later life of it recognises the commands of an earlier
 * one and nobody else's. Kept in the file {@code id} of the host's directory.
 *
 * @param value a random UUID
 */
public record HostId(String value) {

    /** The id of the host with this directory, made if it has none yet. */
    public static HostId of(Path hostDirectory) throws IOException {
        var known = find(hostDirectory);
        return known.isPresent() ? known.get() : create(hostDirectory);
    }

    /** The id of the host with this directory, absent if no host was ever started in it. */
    static Optional<HostId> find(Path hostDirectory) throws IOException {
        var file = file(hostDirectory);
        try {
            return Optional.of(
                    new HostId(UUID.fromString(Files.readString(file).strip()).toString()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "The file " + file
                            + " does not hold the id of a process host. Restore it, or remove it if no command"
                            + " of this node runs any more.",
                    e);
        }
    }

    private static HostId create(Path hostDirectory) throws IOException {
        var id = UUID.randomUUID().toString();
        DurableFile.write(file(hostDirectory), id + "\n");
        return new HostId(id);
    }

    private static Path file(Path hostDirectory) {
        return hostDirectory.resolve("id");
    }
}
