package io.millrace.channel.process;

import io.millrace.host.system.PosixSpawn;
import io.millrace.host.system.Signals;
import io.millrace.host.system.LibC;
import io.millrace.contracts.ThreadSafety;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kills the node's processes if the node dies without a word. A small shell, in a session of its own, is told over a
 * pipe which groups live. The system closes the pipe when the node ends for whatever reason; then the shell kills every
 * group that is left, and ends.
 *
 * <p>What it cannot do: a process that left its group survives, and so does one that was started in the instant before
 * the node died and was not told yet. If the shell dies first, the node starts another.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ProcessReaper {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessReaper.class);
    private static final String NAME = "millrace-reaper";

    /** The list has each group between spaces, so that none is found inside another. */
    private static final String SCRIPT = """
            trap '' HUP INT QUIT TERM
            groups=
            while read -r line; do
              case $line in
                +*) groups="$groups ${line#+} " ;;
                -*) group=" ${line#-} "
                    case $groups in
                      *"$group"*) groups="${groups%%"$group"*}${groups#*"$group"}" ;;
                    esac ;;
              esac
            done
            for group in $groups; do kill -9 "-$group"; done
            """;

    private final Set<Integer> groups = ConcurrentHashMap.newKeySet();
    private final AtomicReference<Companion> companion = new AtomicReference<>();

    ProcessReaper() throws IOException {
        companion.set(startCompanion());
    }

    /**
     * The shell.
     *
     * @param pipe descriptor on which it is told
     */
    private record Companion(int pid, int pipe) {}

    private static Companion startCompanion() throws IOException {
        int[] pipe = LibC.pipe();
        try {
            var plan =
                    new PosixSpawn.Plan("/bin/sh", List.of("sh", "-c", SCRIPT, NAME), Map.of(), "/", pipe[0], -1, -1);
            return new Companion(PosixSpawn.spawn(plan), pipe[1]);
        } catch (IOException e) {
            LibC.close(pipe[1]);
            throw e;
        } finally {
            LibC.close(pipe[0]);
        }
    }

    void add(int group) {
        groups.add(group);
        tell("+" + group);
    }

    void remove(int group) {
        if (groups.remove(group)) {
            tell("-" + group);
        }
    }

    /** Starts another companion if it has died, and tells it everything. */
    void check() {
        var now = companion.get();
        if (now != null && LibC.reap(now.pid) != -1 && companion.compareAndSet(now, null)) {
            LOG.warn("The companion that ends processes with the node died and is started again");
            LibC.close(now.pipe);
            restart();
        } else if (now == null) {
            restart();
        }
    }

    private void restart() {
        try {
            if (companion.compareAndSet(null, startCompanion())) {
                groups.forEach(group -> tell("+" + group));
            }
        } catch (IOException e) {
            LOG.error("The companion that ends processes with the node cannot be started", e);
        }
    }

    /** Kills every group that is still known, and the companion, whose work that was. */
    void close() {
        var now = companion.getAndSet(null);
        groups.forEach(group -> Signals.sendToGroup(group, Signals.KILL));
        if (now != null) {
            LibC.kill(now.pid, Signals.KILL);
            LibC.close(now.pipe);
            LibC.reapKilled(now.pid);
        }
    }

    int pid() {
        var now = companion.get();
        return now == null ? -1 : now.pid;
    }

    /** A line is shorter than what a pipe takes in one piece, so that lines of several threads do not mix. */
    private void tell(String line) {
        var now = companion.get();
        if (now == null) {
            return;
        }
        try {
            LibC.write(now.pipe, (line + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            LOG.debug("The companion that ends processes with the node does not listen", e);
        }
    }
}
