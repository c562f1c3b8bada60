package io.millrace.host.tree;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.limits.ControlGroup;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Subreaper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds and ends everything that belongs to a run, wherever it went: members of the leader's session and group,
 * descendants, orphans, members of the run's control group, and whoever bears the mark of the run in its environment.
 *
 * <p>This process becomes the one the kernel gives orphans to. What outlives its leader is therefore a child of this
 * process or descends from one, so that after a normal end a glance at the children tells that nothing is left
 * ({@link #isClear}), and what is left is found there, too ({@link #killOrphans}). The whole machine is searched only
 * for what that does not reach ({@link #end}).
 *
 * <p>Order of calls for a run: {@link #begin}, {@link #started} or {@link #abandon}, then at its end {@link #isClear},
 * {@link #killOrphans} or {@link #end}, then {@link #collect}. Nobody else may wait for a leader.
 *
 * <p>Not found without a control group: a process that was started by a command, left its session, lost its parent and
 * wiped its environment, as long as several runs live that may have started it. It is ended with the last but one.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class ProcessTree {
    /** Environment variable that marks the processes of a run. */
    public static final String COOKIE = "MILLRACE_RUN";

    private final String hostId;
    private final Roots roots = new Roots();
    private final Children children;
    private final Ownership ownership;

    /**
     * @param hostId names the data directory for ever, so that commands of another one are never touched; without {@code /}
     * @throws IOException if this process cannot adopt orphans
     */
    public ProcessTree(String hostId, OtherChildren others) throws IOException {
        this.hostId = hostId;
        this.children = new Children(others, roots);
        this.ownership = new Ownership(hostId, others, roots);
        Subreaper.become();
    }

    /** Value of {@link #COOKIE} that a run's command has to be started with. */
    public String cookie(RunKey run) {
        return RunCookie.value(hostId, run);
    }

    /** Call before the command is started, so that nothing of it is taken for a leftover. */
    public void begin(RunKey run) {
        roots.begin(cookie(run));
    }

    /**
     * The command runs, in a session of its own.
     *
     * @param leader its process id
     */
    public void started(RunKey run, int leader, @Nullable ControlGroup group) {
        roots.add(new Root(cookie(run), leader, group));
    }

    /** The command was not started after all. */
    public void abandon(RunKey run) {
        roots.abandon(cookie(run));
    }

    /**
     * True if nothing of a run is left whose leader has ended. Takes some ten microseconds; also collects orphans that
     * have ended.
     */
    public boolean isClear(RunKey run) {
        return roots.find(cookie(run))
                .map(root -> children.orphans().stream().noneMatch(orphan -> ownership.isOf(root, orphan)))
                .orElse(true);
    }

    /** How many orphans there were at the last look, whomever they belong to: what a look takes grows with them. */
    public int orphans() {
        return children.seen();
    }

    /**
     * Kills what is left of runs whose leaders have ended, as far as one look at the orphans shows it. What those started
     * is seen at the next look. Takes as long for many runs as for one.
     *
     * @return what was killed, or had been before and is not gone yet; empty if nothing is left of these runs
     */
    public List<Leftover> killOrphans(Collection<RunKey> runs) {
        Map<String, RunKey> byCookie = runs.stream().collect(Collectors.toMap(this::cookie, run -> run));
        List<Leftover> leftovers = new ArrayList<>();
        children.kill(orphan -> {
            var run = ownership.ownerOf(orphan).map(root -> byCookie.get(root.cookie()));
            run.ifPresent(owner -> leftovers.add(new Leftover(owner, orphan.pid(), orphan.startTicks())));
            return run.isPresent();
        });
        return leftovers;
    }

    /**
     * A process that outlived the command it descends from.
     *
     * @param startTicks tells it from another one that has its id later
     */
    public record Leftover(RunKey run, int pid, long startTicks) {}

    /** Signals the group of a run; nothing happens if its leader is collected. */
    public void signal(RunKey run, int signal) {
        roots.find(cookie(run)).ifPresent(root -> children.signal(root, signal));
    }

    /**
     * Kills everything that belongs to a run, again and again until nothing more is found. Blocks for as long as that
     * takes, {@link HostLimits#LEASE_LATENESS_MAX} at most. Call it before the leader is collected.
     */
    public TreeEnd end(RunKey run) {
        return roots.find(cookie(run))
                .map(root -> new TreeKill(children, ownership, root).run())
                .orElse(TreeEnd.NOTHING);
    }

    /** Wait status of a leader that has ended; its run is forgotten. Nothing if it has not, or is not known. */
    public OptionalInt collect(RunKey run) {
        return roots.find(cookie(run)).map(children::collect).orElse(OptionalInt.empty());
    }

    /**
     * Collects orphans that have ended and kills what runs left behind that are over. To be called from time to time while
     * there are orphans.
     *
     * @return orphans that live on
     */
    public int tend() {
        return children.kill(ownership::isOfEndedRun).others().size();
    }

    /**
     * Kills what an earlier life of a host left running, told by the mark in the environment and by nothing else, with
     * everything that descends from it. Blocks for {@link HostLimits#LEASE_LATENESS_MAX} at most.
     *
     * @param except runs that live on
     */
    public static TreeEnd sweep(String hostId, Set<RunKey> except) {
        Set<String> spared =
                except.stream().map(run -> RunCookie.value(hostId, run)).collect(Collectors.toSet());
        IntPredicate isOfHost = pid -> RunCookie.of(pid)
                .filter(cookie -> RunCookie.isOfHost(cookie, hostId) && !spared.contains(cookie))
                .isPresent();
        return RepeatedKill.run(() -> killTrees(isOfHost), _ -> true);
    }

    /** A host that starts mostly finds nobody, which the marks alone show. */
    private static Collection<ProcessTable.Entry> killTrees(IntPredicate isRoot) {
        if (ProcessTable.pids().stream().noneMatch(isRoot::test)) {
            return List.of();
        }
        var found = new TreeSearch().trees(process -> isRoot.test(process.pid()));
        found.forEach(ProvenKill::kill);
        return found;
    }
}
