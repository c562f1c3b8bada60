package io.millrace.storage.embedded;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * As whom the server's programs run. PostgreSQL refuses to run as root. A node that is root itself either enters a user
 * namespace, in which root has no privileges and another number, or gives the server's directory to another user and
 * becomes that user.
 */
final class ServerAccount {
    private static final String FALLBACK_USER = "nobody";
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(10);
    private static final int ROOT = 0;

    private final List<String> prefix;
    private final @Nullable UserPrincipal otherOwner;

    private ServerAccount(List<String> prefix, @Nullable UserPrincipal otherOwner) {
        this.prefix = List.copyOf(prefix);
        this.otherOwner = otherOwner;
    }

    /**
     * The account for a server whose data is, or will be, in {@code data}.
     *
     * @param user user asked for, absent for none
     */
    static ServerAccount choose(Path data, @Nullable String user) throws IOException {
        if (ownUid() != ROOT) {
            return new ServerAccount(List.of(), null);
        }
        if (Files.exists(data)) {
            // What another start decided stays: PostgreSQL wants to own its directory.
            return uidOf(data) == ROOT ? inNamespace() : as(Files.getOwner(data));
        }
        if (user != null) {
            return as(principal(data, user));
        }
        return namespaceWorks() ? inNamespace() : as(principal(data, FALLBACK_USER));
    }

    /** True if the server's files belong to another user than the node. */
    boolean isOtherUser() {
        return otherOwner != null;
    }

    List<String> command(Path program, List<String> arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(program.toString());
        command.addAll(arguments);
        return command;
    }

    /**
     * Lets the account own a directory, and reach it: the directories above it can be passed through, not listed, up to
     * and including {@code root}.
     *
     * @param root the data directory of the node
     */
    void own(Path directory, Path root) throws IOException {
        if (otherOwner == null) {
            return;
        }
        Directories.giveTo(directory, otherOwner);
        for (Path above = directory.getParent(); above != null && above.startsWith(root); above = above.getParent()) {
            Files.setPosixFilePermissions(above, PosixFilePermissions.fromString("rwx--x--x"));
        }
        requireReachable(directory);
    }

    private void requireReachable(Path directory) throws IOException {
        if (!Commands.succeeds(command(Path.of("/usr/bin/test"), List.of("-w", directory.toString())), PROBE_TIMEOUT)) {
            throw Problem.of(
                            ErrorCode.INVALID_ARGUMENT,
                            "Storage",
                            "The embedded PostgreSQL runs as user '" + otherOwner + "', because it cannot run as root, "
                                    + "and that user cannot reach " + directory + ". Choose a data directory whose "
                                    + "parents everybody can pass through, for example below /var/lib, or run the node "
                                    + "as an ordinary user.")
                    .asException();
        }
    }

    private static ServerAccount inNamespace() {
        return new ServerAccount(List.of("unshare", "--user", "--"), null);
    }

    /**
     * Some containers forbid user namespaces, and some images have no name for the number that root has in one, without
     * which PostgreSQL does not start.
     */
    private static boolean namespaceWorks() {
        return Commands.succeeds(inNamespace().command(Path.of("id"), List.of("-un")), PROBE_TIMEOUT);
    }

    private static ServerAccount as(UserPrincipal user) {
        String name = user.getName();
        List<List<String>> ways = List.of(
                List.of("setpriv", "--reuid=" + name, "--regid=" + groupOf(name), "--clear-groups", "--"),
                List.of("runuser", "-u", name, "--"));
        for (List<String> way : ways) {
            ServerAccount account = new ServerAccount(way, user);
            if (Commands.succeeds(account.command(Path.of("id"), List.of("-u")), PROBE_TIMEOUT)) {
                return account;
            }
        }
        throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "Storage",
                        "The embedded PostgreSQL cannot run as root, and neither unshare, setpriv nor runuser could "
                                + "start it as somebody else here. Run the node as an ordinary user, or use a PostgreSQL "
                                + "of your own through MILLRACE_DATABASE_URL.")
                .asException();
    }

    private static String groupOf(String user) {
        Commands.Result result = Commands.run(List.of("id", "-g", user), PROBE_TIMEOUT);
        return result.isSuccess() ? result.output().strip() : user;
    }

    private static UserPrincipal principal(Path path, String user) throws IOException {
        return path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
    }

    /** The number that new files of this process belong to. */
    private static int ownUid() throws IOException {
        Path probe = Files.createTempFile("millrace-", ".uid", OwnerOnly.FILE);
        try {
            return uidOf(probe);
        } finally {
            Files.delete(probe);
        }
    }

    private static int uidOf(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }
}
