package io.millrace.host.sandbox;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What the permissions of files allow a user that has one group and no privileges. Access control lists are not looked
 * at: they may allow or forbid more.
 */
final class FileAccess {
    private final int uid;
    private final int gid;

    FileAccess(int uid, int gid) {
        this.uid = uid;
        this.gid = gid;
    }

    /** The first file or directory on the way that is closed to the user; a directory is entered, a file executed. */
    Optional<Path> obstacle(Path file) {
        try {
            Set<Path> way = new LinkedHashSet<>();
            addWithParents(file.toAbsolutePath().normalize(), way);
            addWithParents(file.toRealPath(), way);
            for (Path step : way) {
                if (!FileOwnership.of(step).isExecutable(uid, gid)) {
                    return Optional.of(step);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(file);
        }
    }

    private static void addWithParents(Path file, Set<Path> way) {
        var parent = file.getParent();
        if (parent != null) {
            addWithParents(parent, way);
        }
        way.add(file);
    }
}
