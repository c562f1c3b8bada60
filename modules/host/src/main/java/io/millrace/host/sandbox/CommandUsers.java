package io.millrace.host.sandbox;

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

/** Decides whom the commands of a channel run as, as far as this machine can change users. */
final class CommandUsers {
    private static final Logger LOG = LoggerFactory.getLogger(CommandUsers.class);
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
     * @param ownUid user of this process
     * @param found what becomes another user, absent if this machine has nothing that does
     * @throws IOException if commands are to run as a named user and cannot, with what to do about it
     */
    static CommandUsers of(ProcessUser setting, int ownUid, Optional<UserSwitch> found) throws IOException {
        var obstacle = setting.kind() == ProcessUser.Kind.OWN
                ? Optional.of("millrace.processes.user is own")
                : obstacle(setting, ownUid, found);
        boolean isNamed = setting.kind() == ProcessUser.Kind.FIXED && setting.uid() != ownUid;
        if (isNamed && obstacle.isPresent()) {
            throw new IOException(
                    "Commands cannot run as user " + setting.uid() + " (millrace.processes.user), because "
                            + obstacle.get() + ". Correct that, or set millrace.processes.user to own");
        }
        return new CommandUsers(setting, ownUid, obstacle.isPresent() ? null : found.orElse(null), obstacle.orElse(""));
    }

    private static Optional<String> obstacle(ProcessUser setting, int ownUid, Optional<UserSwitch> found) {
        if (ownUid != Credentials.ROOT) {
            return Optional.of("the node does not run as root");
        }
        int uid = setting.kind() == ProcessUser.Kind.FIXED ? setting.uid() : ChannelUsers.FIRST;
        return found.map(userSwitch -> userSwitch.obstacle(uid, uid))
                .orElse(Optional.of("this machine has no setpriv(1), which package util-linux provides"));
    }

    private CommandUsers(ProcessUser setting, int ownUid, @Nullable UserSwitch userSwitch, String reason) {
        this.setting = setting;
        this.ownUid = ownUid;
        this.userSwitch = userSwitch;
        this.reason = reason;
        if (userSwitch == null && ownUid == Credentials.ROOT && setting.kind() == ProcessUser.Kind.AUTO) {
            LOG.warn("Commands run as root, because {}. Whoever may submit a job controls this machine.", reason);
        }
    }

    /** True if commands run as another user than the node. */
    boolean areOthers() {
        return userSwitch != null;
    }

    /**
     * Whom the commands of a channel run as.
     *
     * @throws io.millrace.contracts.MillraceException RESOURCE_LIMIT if no further channel can have a user of its own
     */
    RunUser of(String channel) {
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

    /** How they are chosen, and what follows from it, by subject, for a person. */
    Map<String, String> description() {
        var description = new LinkedHashMap<String, String>();
        description.put("user", user());
        description.put(
                "privileges", enforcedForOthers("no groups, no capabilities, none to be gained (no_new_privs)"));
        description.put("permissions of new files", enforcedForOthers("for their user only (umask 077)"));
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
