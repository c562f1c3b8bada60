package io.millrace.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Callers that wait for a job to end, each until its own time is up. At most {@link Limits#JOB_WAITERS_MAX} at once.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class JobWaiters {
    private final Map<JobId, List<Waiter>> byJob = new HashMap<>();
    private final TreeSet<Waiter> byDeadline =
            new TreeSet<>(Comparator.comparingLong(Waiter::deadlineMillis).thenComparingLong(Waiter::number));
    private long lastNumber;

    /**
     * @param number tells callers apart that wait until the same moment
     */
    record Waiter(JobId job, long deadlineMillis, long number, ActorRef<ChannelReply> replyTo) {}

    /** False if the limit is reached and the caller has to be answered at once. */
    boolean add(JobId job, long deadlineMillis, ActorRef<ChannelReply> replyTo) {
        if (byDeadline.size() >= Limits.JOB_WAITERS_MAX) {
            return false;
        }
        Waiter waiter = new Waiter(job, deadlineMillis, ++lastNumber, replyTo);
        byJob.computeIfAbsent(job, _ -> new ArrayList<>(1)).add(waiter);
        byDeadline.add(waiter);
        return true;
    }

    boolean isEmpty() {
        return byDeadline.isEmpty();
    }

    /** Takes out everybody who waits for a job. */
    List<Waiter> takeFor(JobId job) {
        List<Waiter> waiters = byJob.remove(job);
        if (waiters == null) {
            return List.of();
        }
        waiters.forEach(byDeadline::remove);
        return waiters;
    }

    /** Takes out everybody whose time is up. */
    List<Waiter> takeExpired(long nowMillis) {
        List<Waiter> expired = new ArrayList<>();
        while (!byDeadline.isEmpty() && byDeadline.first().deadlineMillis() <= nowMillis) {
            Waiter waiter = byDeadline.removeFirst();
            expired.add(waiter);
            List<Waiter> others = byJob.get(waiter.job());
            if (others != null && others.remove(waiter) && others.isEmpty()) {
                byJob.remove(waiter.job());
            }
        }
        return expired;
    }

    /** Takes out everybody. */
    List<Waiter> takeAll() {
        List<Waiter> all = List.copyOf(byDeadline);
        byDeadline.clear();
        byJob.clear();
        return all;
    }

    /** When the next waiter's time is up, in milliseconds since the epoch; {@link Long#MAX_VALUE} if nobody waits. */
    long nextDeadlineMillis() {
        return byDeadline.isEmpty() ? Long.MAX_VALUE : byDeadline.first().deadlineMillis();
    }
}
