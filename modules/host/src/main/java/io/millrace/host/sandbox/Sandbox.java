package io.millrace.host.sandbox;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.system.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whom the commands of a channel run as, and tells what that protects and what it does not.
 *
 * <p>Where the node runs as root, each channel has a user of its own: its commands cannot signal or look into the node,
 * its host, the database or commands of other channels, nor read their files unless these are open to everybody. Commands
 * of one channel are not kept apart from each other. Where the node runs as another user, commands run as that user and
 * nothing keeps them apart.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class Sandbox {
    private static final Logger LOG = LoggerFactory.getLogger(Sandbox.class);
    private static final RunUser NODE_USER = new NodeUser();
    private static final Path USERS = Path.of("/etc/passwd");

    private final ProcessUser setting;
    private final int ownUid;
    private final @Nullable UserSwitch userSwitch;
    private final String reason;
    private final ChannelUsers channelUsers = new ChannelUsers();

    /**
     * Looks at what this machine allows; starts a program to find out.
     *
     * @throws IOException if commands are to run as a named user and cannot, with what to do about it
     */
    public static Sandbox of(ProcessUser setting) throws IOException {
        return of(setting, Credentials.effectiveUser(), UserSwitch.find());
    }

    /**
     * @param ownUid user of this process
     * @param found what becomes another user, absent if this machine has nothing that does
     */
    static Sandbox of(ProcessUser setting, int ownUid, Optional<UserSwitch> found) throws IOException {
        var obstacle = setting.kind() == ProcessUser.Kind.OWN
                ? Optional.of("millrace.processes.user is own")
                : obstacle(setting, ownUid, found);
        boolean isNamed = setting.kind() == ProcessUser.Kind.FIXED && setting.uid() != ownUid;
        if (isNamed && obstacle.isPresent()) {
            throw new IOException(
                    "Commands cannot run as user " + setting.uid() + " (millrace.processes.user), because "
                            + obstacle.get() + ". Correct that, or set millrace.processes.user to own");
        }
        return new Sandbox(setting, ownUid, obstacle.isPresent() ? null : found.orElse(null), obstacle.orElse(""));
    }

    private static Optional<String> obstacle(ProcessUser setting, int ownUid, Optional<UserSwitch> found) {
        if (ownUid != Credentials.ROOT) {
            return Optional.of("the node does not run as root");
        }
        int uid = setting.kind() == ProcessUser.Kind.FIXED ? setting.uid() : ChannelUsers.FIRST;
        return found.map(userSwitch -> userSwitch.obstacle(uid, uid))
                .orElse(Optional.of("this machine has no setpriv(1), which package util-linux provides"));
    }

    private Sandbox(ProcessUser setting, int ownUid, @Nullable UserSwitch userSwitch, String reason) {
        this.setting = setting;
        this.ownUid = ownUid;
        this.userSwitch = userSwitch;
        this.reason = reason;
        LOG.info("Commands are isolated as follows: {}", description());
        if (userSwitch == null && ownUid == Credentials.ROOT && setting.kind() == ProcessUser.Kind.AUTO) {
            LOG.warn("Commands run as root, because {}. Whoever may submit a job controls this machine.", reason);
        }
    }

    /** True if commands run as another user than the node. */
    public boolean isolates() {
        return userSwitch != null;
    }

    /**
     * Whom the commands of a channel run as.
     *
     * @throws io.millrace.contracts.MillraceException RESOURCE_LIMIT if no further channel can have a user of its own
     */
    public RunUser userOf(String channel) {
        if (userSwitch == null) {
            return NODE_USER;
        }
        if (setting.kind() == ProcessUser.Kind.FIXED) {
            int uid = setting.uid();
            return new OtherUser(uid, groupOf(uid), "user " + uid + " (millrace.processes.user)", userSwitch);
        }
        int uid = channelUsers.of(channel);
        return new OtherUser(uid, uid, "user " + uid + " of channel '" + channel + "'", userSwitch);
    }

    /** How commands are isolated on this machine and what is not enforced, by subject, for a person. */
    public Map<String, String> description() {
        var description = new LinkedHashMap<String, String>();
        description.put("tier", userSwitch == null ? "S0 (commands are not isolated)" : "S1 (own user)");
        description.put("user", user());
        description.put(
                "privileges", enforcedForOthers("no groups, no capabilities, none to be gained (no_new_privs)"));
        description.put("permissions of new files", enforcedForOthers("for their user only (umask 077)"));
        description.put("namespaces", "not enforced: bubblewrap is not supported yet");
        description.put("system calls", "not enforced: seccomp and Landlock are not supported yet");
        description.put("network", "not enforced: commands reach what the node reaches");
        return description;
    }

    private String user() {
        if (userSwitch == null) {
            return "not enforced: the node's own (" + ownUid + "), because " + reason;
        }
        return setting.kind() == ProcessUser.Kind.FIXED
                ? "user " + setting.uid() + " for all channels, which are not kept apart from each other"
                : "one per channel, " + ChannelUsers.FIRST + " to " + ChannelUsers.LAST;
    }

    private String enforcedForOthers(String what) {
        return userSwitch == null ? "not enforced: as the node's" : what;
    }

    /** Main group of a user; its own number if the system does not know the user. */
    private static int groupOf(int uid) {
        try {
            return Files.readAllLines(USERS, StandardCharsets.ISO_8859_1).stream()
                    .map(line -> List.of(line.split(":", -1)))
                    .filter(fields -> fields.size() > 3 && fields.get(2).equals(Integer.toString(uid)))
                    .map(fields -> Integer.parseInt(fields.get(3)))
                    .findFirst()
                    .orElse(uid);
        } catch (IOException | NumberFormatException e) {
            LOG.warn("The main group of user {} cannot be read from {}; {} is used", uid, USERS, uid, e);
            return uid;
        }
    }
}
