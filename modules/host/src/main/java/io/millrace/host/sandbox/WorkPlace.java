package io.millrace.host.sandbox;

import io.millrace.host.system.Credentials;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the directories are that the node makes for commands: in the data directory, or, if commands run as users who
 * cannot reach that, in {@code /var/tmp/millrace-<host id>}. Everybody may pass through it and nobody may list it.
 */
public final class WorkPlace {
    private static final Logger LOG = LoggerFactory.getLogger(WorkPlace.class);
    private static final Path SHARED = Path.of("/var/tmp");
    private static final Set<PosixFilePermission> PASSABLE = PosixFilePermissions.fromString("rwx--x--x");

    private WorkPlace() {}

    /**
     * The place for a node.
     *
     * @param hostId names the data directory for ever
     * @throws IOException if the place cannot be made, or belongs to somebody else
     */
    public static Path of(Path dataDirectory, String hostId, ProcessUser setting) throws IOException {
        return of(dataDirectory, hostId, setting, SHARED);
    }

    /** @param shared directory that everybody can reach */
    static Path of(Path dataDirectory, String hostId, ProcessUser setting, Path shared) throws IOException {
        int uid = setting.kind() == ProcessUser.Kind.FIXED ? setting.uid() : ChannelUsers.FIRST;
        boolean isOwn = setting.kind() == ProcessUser.Kind.OWN || Credentials.effectiveUser() != Credentials.ROOT;
        if (isOwn || new FileAccess(uid, uid).obstacle(dataDirectory).isEmpty()) {
            return dataDirectory;
        }
        return owned(shared.resolve("millrace-" + hostId));
    }

    /** The node stops: removes the place unless it is the data directory, or something is in it. */
    public static void leave(Path place, Path dataDirectory) {
        if (place.equals(dataDirectory)) {
            return;
        }
        try {
            Files.deleteIfExists(place);
        } catch (DirectoryNotEmptyException e) {
            LOG.info("Directory {} stays, because commands still use it", place);
        } catch (IOException e) {
            LOG.warn("Directory {} cannot be removed", place, e);
        }
    }

    /** In a directory where everybody may make files, somebody else may have been faster. */
    private static Path owned(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PASSABLE));
        } catch (FileAlreadyExistsException e) {
            requireOwn(directory);
        }
        Files.setPosixFilePermissions(directory, PASSABLE);
        return directory;
    }

    private static void requireOwn(Path directory) throws IOException {
        var found = FileOwnership.of(directory, LinkOption.NOFOLLOW_LINKS);
        if (found.uid() != Credentials.effectiveUser() || found.isWritableForOthers() || !found.isDirectory()) {
            throw new IOException("The directory " + directory
                    + " for the work of commands was made by somebody else (user "
                    + found.uid() + "). Remove it, or make the data directory reachable for everybody (chmod o+x) so"
                    + " that it is not needed");
        }
    }
}
