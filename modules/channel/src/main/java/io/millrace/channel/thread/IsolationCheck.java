package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.IsolationReport.Breach;
import io.millrace.domain.lock.HeldLease;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.ActorPath;

/**
 * Compares what a channel has in its books with what is there (contract rows T-06, T-34 and T-42): the live threads of
 * its group, the handlers that run on them, the mailboxes of its workers, and the owners of its leases. What does not
 * belong there is named; a thread is interrupted.
 *
 * <p>A handler may start threads of its own, directly or through a library that keeps them, and the virtual machine puts
 * them in the group of the thread that starts them. So a thread that nobody here made is taken for a handler's if one ran
 * since the check before the one that first sees it, or if such a thread lives that could have made it; it is then left
 * alone. Otherwise nobody in the channel can have made it, and it is a stranger. A thread that bears the name of a worker
 * and is none is a stranger in any case.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class IsolationCheck {
    private final ChannelName channel;

    /** Live threads that a handler may have made. */
    private final Set<Thread> helpers = new HashSet<>();

    /** Runs of handlers begun before the latest check. */
    private long runsBefore;

    private boolean wasRunning;

    IsolationCheck(ChannelName channel) {
        this.channel = channel;
    }

    /**
     * What the channel believes.
     *
     * @param live attempts and threads that have a slot
     * @param mailboxes of its workers
     * @param manager below which they have to be
     */
    record Books(Set<AttemptId> live, Collection<ActorPath> mailboxes, ActorPath manager) {}

    /**
     * @param held as the lock manager has them
     * @param owners attempts and threads that may own a lease: those that lived at some time while the leases were looked
     *     up
     * @param incarnation of the channel now; leases of earlier ones may outlast their owners
     */
    record Leases(List<HeldLease> held, Set<AttemptId> owners, long incarnation) {}

    IsolationReport check(Books books, HandlerThreads threads, Leases leases) {
        List<Breach> breaches = new ArrayList<>();
        int checked = checkThreads(threads, breaches)
                + checkRuns(threads, books.live, breaches)
                + checkMailboxes(books, breaches)
                + checkLeases(leases, breaches);
        return new IsolationReport(channel, Instant.now(), checked, breaches);
    }

    private int checkThreads(HandlerThreads threads, List<Breach> breaches) {
        List<Thread> found = threads.inGroup();
        helpers.retainAll(found);
        long runs = threads.runsBegun();
        boolean canHaveMakers = wasRunning || runs != runsBefore || !helpers.isEmpty();
        runsBefore = runs;
        wasRunning = threads.runs().stream().anyMatch(run -> !run.isOver());
        for (Thread thread : found) {
            if (!threads.isWorker(thread) && isStranger(thread, threads, canHaveMakers)) {
                thread.interrupt();
                breaches.add(new Breach(
                        thread.getName(),
                        "thread",
                        "It runs in the group of channel '" + channel
                                + "', and neither a slot nor a handler of the channel made it. It was interrupted; a "
                                + "thread dump shows where it is."));
            }
        }
        return found.size();
    }

    private boolean isStranger(Thread thread, HandlerThreads threads, boolean canHaveMakers) {
        if (threads.isWorkerName(thread.getName())) {
            return true;
        }
        if (canHaveMakers) {
            helpers.add(thread);
        }
        return !helpers.contains(thread);
    }

    /** A run is looked at only while its code is on a thread; then its worker has not told its end. */
    private int checkRuns(HandlerThreads threads, Set<AttemptId> live, List<Breach> breaches) {
        int checked = 0;
        for (HandlerRun run : threads.runs()) {
            String name = run.threadName();
            if (name != null) {
                checked++;
                boolean isOurs = run.channel().equals(channel);
                if (!isOurs || !live.contains(run.attempt())) {
                    run.cancel();
                    breaches.add(new Breach(
                            name,
                            "thread",
                            isOurs
                                    ? "It runs attempt " + run.attempt()
                                            + ", which has no slot of the channel. It was interrupted."
                                    : "It runs attempt " + run.attempt() + " of channel '" + run.channel()
                                            + "'. It was interrupted."));
                }
            }
        }
        return checked;
    }

    private int checkMailboxes(Books books, List<Breach> breaches) {
        for (ActorPath mailbox : books.mailboxes) {
            if (!mailbox.parent().equals(books.manager)) {
                breaches.add(new Breach(
                        mailbox.toString(),
                        "mailbox",
                        "It is registered as a worker of channel '" + channel + "' and lies outside of " + books.manager
                                + "."));
            }
        }
        return books.mailboxes.size();
    }

    private int checkLeases(Leases leases, List<Breach> breaches) {
        Set<AttemptKey> owners = leases.owners.stream().map(AttemptKey::of).collect(Collectors.toSet());
        for (HeldLease lease : leases.held) {
            JobId owner = lease.owner().job();
            boolean isOrphan = owner != null
                    && lease.incarnation() == leases.incarnation
                    && !owners.contains(new AttemptKey(owner, lease.owner().epoch()));
            if (isOrphan) {
                breaches.add(new Breach(
                        lease.lock().toString(),
                        "lease",
                        "It is held by " + lease.owner() + ", which does not run in channel '" + channel
                                + "'. Whoever has its handle can release it."));
            }
        }
        return leases.held.size();
    }

    /** What an owner of a lease and an attempt have in common. */
    private record AttemptKey(JobId job, long epoch) {
        static AttemptKey of(AttemptId attempt) {
            return new AttemptKey(attempt.job(), attempt.epoch());
        }
    }
}
