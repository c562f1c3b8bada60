package io.millrace.host.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How readily the kernel ends a process when the machine is short of memory: 1000 points stand for all of the memory.
 * Inherited by whatever a process starts.
 */
public final class OutOfMemoryScore {
    private static final Logger LOG = LoggerFactory.getLogger(OutOfMemoryScore.class);
    private static final int MAX = 1_000;

    private final int own;
    private final boolean isChangeable;

    private OutOfMemoryScore(int own, boolean isChangeable) {
        this.own = own;
        this.isChangeable = isChangeable;
    }

    /** Of this process, from which those it starts have theirs. */
    public static OutOfMemoryScore own() {
        var file = file("self");
        try {
            var text = Files.readString(file).strip();
            return new OutOfMemoryScore(Integer.parseInt(text), Files.isWritable(file));
        } catch (IOException e) {
            return new OutOfMemoryScore(0, false);
        }
    }

    /** False where the system does not let scores be changed, as in some containers. */
    public boolean isChangeable() {
        return isChangeable;
    }

    /**
     * Has a process that was just started end sooner than this one. It may have ended already, or have started another one
     * that keeps the score of this process: this says who goes first and protects against nobody.
     */
    public void raise(int pid, int points) {
        if (!isChangeable) {
            return;
        }
        try {
            Files.writeString(
                    file(Integer.toString(pid)),
                    Integer.toString(Math.min(MAX, own + points)),
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            LOG.debug("Process {} has ended before its score could be raised", pid, e);
        }
    }

    private static Path file(String process) {
        return Path.of("/proc", process, "oom_score_adj");
    }
}
