package io.millrace.host.sandbox;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.system.Credentials;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whom the commands of a channel run as and what they are locked up in, and tells what that protects and what it
 * does not.
 *
 * <p>Where the node runs as root, each channel has a user of its own: its commands cannot signal or look into the node,
 * its host, the database or commands of other channels, nor read their files unless these are open to everybody. Where the
 * node runs as another user, commands run as that user. Where bubblewrap works, each command is locked up besides, which
 * keeps it from all of that and from other commands, too, and does so for the node's user if that is demanded
 * ({@link Bubblewrap}).
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class Sandbox {
    private static final Logger LOG = LoggerFactory.getLogger(Sandbox.class);

    /** No channel can have this name: its user is there to try things. */
    private static final String PROBE = "/";

    private final CommandUsers users;
    private final @Nullable Bubblewrap bubblewrap;
    private final String obstacle;

    /** Commands are not locked up. */
    public static Sandbox of(ProcessUser setting) throws IOException {
        return of(new SandboxSettings(setting));
    }

    /**
     * Looks at what this machine allows; starts programs to find out.
     *
     * @throws IOException if a setting demands what this machine does not allow, with what to do about it
     */
    public static Sandbox of(SandboxSettings settings) throws IOException {
        return of(settings, CommandUsers.of(settings.user(), Credentials.effectiveUser(), UserSwitch.find()));
    }

    /**
     * Commands are not locked up.
     *
     * @param ownUid user of this process
     * @param found what becomes another user, absent if this machine has nothing that does
     */
    static Sandbox of(ProcessUser setting, int ownUid, Optional<UserSwitch> found) throws IOException {
        return of(new SandboxSettings(setting), CommandUsers.of(setting, ownUid, found));
    }

    private static Sandbox of(SandboxSettings settings, CommandUsers users) throws IOException {
        if (settings.confinement() == ConfinementUse.NONE) {
            return without(settings, users, "millrace.processes.sandbox is none");
        }
        if (settings.confinement() == ConfinementUse.AUTO && !users.areOthers()) {
            return without(
                    settings,
                    users,
                    "millrace.processes.sandbox is auto, and commands that run as the node's user may need all of that"
                            + " user's files; bubblewrap locks them up nevertheless");
        }
        var found = Bubblewrap.find(settings.network(), settings.hidden());
        if (found.isEmpty()) {
            return without(settings, users, "this machine has no bwrap(1), which package bubblewrap provides");
        }
        var user = users.of(PROBE);
        var bubblewrap = found.get().forUser(user);
        Optional<String> problem = bubblewrap.obstacle(user);
        return problem.isPresent() ? without(settings, users, problem.get()) : new Sandbox(users, bubblewrap, "");
    }

    private static Sandbox without(SandboxSettings settings, CommandUsers users, String obstacle) throws IOException {
        if (settings.confinement() == ConfinementUse.BUBBLEWRAP) {
            throw new IOException("Commands cannot be locked up (millrace.processes.sandbox), because " + obstacle
                    + ". Correct that, or set millrace.processes.sandbox to auto");
        }
        if (settings.network() == NetworkAccess.NONE) {
            throw new IOException("Commands cannot be kept from the network (millrace.processes.network), because they"
                    + " are not locked up: " + obstacle + ". Correct that, or set millrace.processes.network to node");
        }
        return new Sandbox(users, null, obstacle);
    }

    private Sandbox(CommandUsers users, @Nullable Bubblewrap bubblewrap, String obstacle) {
        this.users = users;
        this.bubblewrap = bubblewrap;
        this.obstacle = obstacle;
        LOG.info("Commands are isolated as follows: {}", description());
    }

    /** True if commands run as another user than the node. */
    public boolean hasOwnUsers() {
        return users.areOthers();
    }

    /** True if commands are locked up. */
    public boolean confines() {
        return bubblewrap != null;
    }

    /**
     * Whom the commands of a channel run as.
     *
     * @throws io.millrace.contracts.MillraceException RESOURCE_LIMIT if no further channel can have a user of its own
     */
    public RunUser userOf(String channel) {
        return users.of(channel);
    }

    /**
     * What a command is locked up in.
     *
     * @param home directory of its own
     * @param directory it starts in
     * @throws io.millrace.contracts.MillraceException INVALID_ARGUMENT for a directory that no command sees
     * @throws IOException if one of them is not there any more
     */
    public Confinement confinementOf(Path home, Path directory) throws IOException {
        return bubblewrap == null ? Confinement.NONE : bubblewrap.of(home, directory);
    }

    /** How commands are isolated on this machine and what is not enforced, by subject, for a person. */
    public Map<String, String> description() {
        var description = new LinkedHashMap<String, String>();
        description.put("tier", tier());
        description.putAll(users.description());
        if (bubblewrap == null) {
            description.put("namespaces", "not enforced, because " + obstacle);
            description.put("file system", "not enforced: permissions of files only");
        } else {
            description.put(
                    "namespaces",
                    "each command has its own, for files, processes, users, IPC, host name and control groups");
            description.put(
                    "file system",
                    "read-only but for the command's own directory and the one it was given; temporary directories of"
                            + " its own; nothing of the node's data");
        }
        description.put("system calls", "not enforced: seccomp and Landlock are not supported yet");
        description.put(
                "network",
                bubblewrap != null && bubblewrap.network() == NetworkAccess.NONE
                        ? "none (millrace.processes.network)"
                        : "not enforced: commands reach what the node reaches");
        return description;
    }

    private String tier() {
        String user = users.areOthers() ? "own user" : "user of the node";
        if (bubblewrap != null) {
            return "S3 (bubblewrap, " + user + ")";
        }
        return users.areOthers() ? "S1 (own user)" : "S0 (commands are not isolated)";
    }
}
