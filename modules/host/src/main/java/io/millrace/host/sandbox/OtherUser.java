package io.millrace.host.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A user other than the node's, which runs as root then.
 *
 * @param name how messages call the user
 * @param userSwitch becomes the user
 */
record OtherUser(int uid, int gid, String name, UserSwitch userSwitch) implements RunUser {

    @Override
    public List<String> programs() {
        return userSwitch.programs(uid, gid);
    }

    @Override
    public boolean isOther() {
        return true;
    }

    @Override
    public Optional<Path> obstacleToEnter(Path directory) {
        return obstacleToExecute(directory);
    }

    /** What seems closed is tried: an access control list may allow it. */
    @Override
    public Optional<Path> obstacleToExecute(Path file) {
        return new FileAccess(uid, gid)
                .obstacle(file)
                .filter(_ -> !userSwitch.runs(
                        uid, gid, List.of("test", "-x", file.toAbsolutePath().toString())));
    }

    @Override
    public boolean seemsAbleToExecute(Path file) {
        return new FileAccess(uid, gid).obstacle(file).isEmpty();
    }

    @Override
    public String advice(Path obstacle) {
        return "'" + obstacle + "' is closed to that user: open it (chmod o+x '" + obstacle
                + "') or give it to the user" + " (chown " + uid
                + "), or have commands run as the node's user (millrace.processes.user = own).";
    }

    @Override
    public void take(Path directory) throws IOException {
        if (FileOwnership.of(directory, LinkOption.NOFOLLOW_LINKS).uid() != uid) {
            Files.setAttribute(directory, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(directory, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
        }
    }

    @Override
    public Launch launch(List<String> command, Map<String, String> environment, String kept, Confinement confinement) {
        return userSwitch.launch(uid, gid, command, environment, kept, confinement);
    }
}
