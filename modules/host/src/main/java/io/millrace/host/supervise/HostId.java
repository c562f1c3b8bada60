package io.millrace.host.supervise;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
        var file = hostDirectory.resolve("id");
        try {
            return new HostId(UUID.fromString(Files.readString(file).strip()).toString());
        } catch (NoSuchFileException e) {
            var id = UUID.randomUUID().toString();
            DurableFile.write(file, id + "\n");
            return new HostId(id);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "The file " + file
                            + " does not hold the id of a process host. Restore it, or remove it if no command"
                            + " of this node runs any more.",
                    e);
        }
    }
}
