package io.millrace.host.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * Whom a file belongs to and what that means.
 *
 * @param mode kind of file and permissions, as the kernel has them in one number
 */
record FileOwnership(int uid, int gid, int mode) {
    private static final int EXECUTE = 1;
    private static final int OWNER_SHIFT = 6;
    private static final int GROUP_SHIFT = 3;
    private static final int KIND = 0_170_000;
    private static final int DIRECTORY = 0_040_000;
    private static final int WRITABLE_FOR_OTHERS = 0_022;

    static FileOwnership of(Path file, LinkOption... options) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(file, "unix:uid,gid,mode", options);
        return new FileOwnership(number(attributes, "uid"), number(attributes, "gid"), number(attributes, "mode"));
    }

    private static int number(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof Integer number ? number : -1;
    }

    /** True if a user with one group and no privileges may execute the file, or enter the directory. */
    boolean isExecutable(int byUid, int byGid) {
        if (uid == byUid) {
            return (mode >> OWNER_SHIFT & EXECUTE) != 0;
        }
        return (gid == byGid ? mode >> GROUP_SHIFT & EXECUTE : mode & EXECUTE) != 0;
    }

    boolean isDirectory() {
        return (mode & KIND) == DIRECTORY;
    }

    boolean isWritableForOthers() {
        return (mode & WRITABLE_FOR_OTHERS) != 0;
    }
}
