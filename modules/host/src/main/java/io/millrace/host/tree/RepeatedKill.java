package io.millrace.host.tree;

import io.millrace.host.HostLimits;
import io.millrace.host.system.ProcessTable;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Rounds of finding and killing until a few in a row find nothing, for {@link HostLimits#LEASE_LATENESS_MAX} at most. One
 * that finds nothing says little: processes that start each other and end can be passed over, because the table of
 * processes is not read at one moment, and a program that is just being loaded shows no environment.
 */
final class RepeatedKill {
    /** What was killed needs a moment to go; to look at once would find it again. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final int EMPTY_ROUNDS = 3;

    private RepeatedKill() {}

    /** Tells a process from another one that has its id later. */
    private record Identity(int pid, long startTicks) {
        /** What was killed may have lost, with its parents, all that tells whose it was, before it is gone itself. */
        boolean isAlive() {
            return ProcessTable.find(pid)
                    .filter(process -> process.startTicks() == startTicks && !process.isEnded())
                    .isPresent();
        }
    }

    /**
     * @param round finds what lives, kills it and returns it
     * @param isCounted of what is found
     */
    static TreeEnd run(Supplier<Collection<ProcessTable.Entry>> round, Predicate<ProcessTable.Entry> isCounted) {
        long deadline = System.nanoTime() + HostLimits.LEASE_LATENESS_MAX.toNanos();
        Set<Identity> killed = new HashSet<>();
        int emptyRounds = 0;
        while (true) {
            var found = round.get();
            found.stream()
                    .filter(isCounted)
                    .forEach(process -> killed.add(new Identity(process.pid(), process.startTicks())));
            boolean isEmpty = found.isEmpty() && killed.stream().noneMatch(Identity::isAlive);
            emptyRounds = isEmpty ? emptyRounds + 1 : 0;
            if (emptyRounds == EMPTY_ROUNDS || System.nanoTime() - deadline >= 0) {
                return new TreeEnd(
                        killed.size(),
                        found.stream().map(RepeatedKill::description).sorted().toList());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static String description(ProcessTable.Entry process) {
        String reason = process.state() == 'D'
                ? "waits for a device and cannot be killed before that answers"
                : "has not ended although it was killed (state " + process.state() + ")";
        return "process " + process.pid() + " (" + process.name() + ") " + reason;
    }
}
