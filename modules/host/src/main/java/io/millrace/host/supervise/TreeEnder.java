package io.millrace.host.supervise;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.tree.ProcessTree;
import io.millrace.host.tree.ProcessTree.Leftover;
import io.millrace.host.tree.TreeEnd;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what is left of runs whose commands have exited. One thread looks at the orphans for all of them together, so that
 * a hundred trees whose leases run out at the same time take hardly longer than one.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class TreeEnder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TreeEnder.class);
    /** What was killed needs a moment to go. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ProcessTree tree;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(Threads.named("millrace-host-trees"));
    private final Queue<Ending> fresh = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isBusy = new AtomicBoolean();

    TreeEnder(ProcessTree tree) {
        this.tree = tree;
    }

    /**
     * A tree that is being ended.
     *
     * @param killed what was found of it so far
     */
    private record Ending(RunKey run, long untilNanos, Set<Leftover> killed, Consumer<TreeEnd> then) {}

    /** @param then hears what was left, on the thread of the trees, when it is gone or {@link TreeEnd#left} says why not */
    void end(RunKey run, Consumer<TreeEnd> then) {
        long until = System.nanoTime() + HostLimits.LEASE_LATENESS_MAX.toNanos();
        fresh.add(new Ending(run, until, new HashSet<>(), then));
        endFresh();
    }

    private void endFresh() {
        if (!fresh.isEmpty() && isBusy.compareAndSet(false, true)) {
            thread.execute(() -> {
                endAll();
                isBusy.set(false);
                endFresh();
            });
        }
    }

    private void endAll() {
        Map<RunKey, Ending> open = new HashMap<>();
        try {
            do {
                for (var ending = fresh.poll(); ending != null; ending = fresh.poll()) {
                    open.put(ending.run, ending);
                }
                if (!look(open)) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            } while (!open.isEmpty());
        } catch (RuntimeException e) {
            LOG.error("What is left of {} cannot be looked for", open.keySet(), e);
            open.values().forEach(ending -> ending.then.accept(TreeEnd.NOTHING));
        }
    }

    /** True if something was found that had not been before: then the next look may find what that has started. */
    private boolean look(Map<RunKey, Ending> open) {
        Set<RunKey> living = new HashSet<>();
        boolean isAnyNew = false;
        for (Leftover leftover : tree.killOrphans(open.keySet())) {
            living.add(leftover.run());
            Ending ending = open.get(leftover.run());
            isAnyNew |= ending != null && ending.killed.add(leftover);
        }
        open.values().removeIf(ending -> isOver(ending, living));
        return isAnyNew;
    }

    private boolean isOver(Ending ending, Set<RunKey> living) {
        if (!living.contains(ending.run)) {
            ending.then.accept(new TreeEnd(ending.killed.size(), List.of()));
            return true;
        }
        if (System.nanoTime() - ending.untilNanos >= 0) {
            // Finds whatever can be found, and tells why it does not go.
            ending.then.accept(tree.end(ending.run));
            return true;
        }
        return false;
    }

    @Override
    public void close() {
        Threads.end(thread);
    }
}
