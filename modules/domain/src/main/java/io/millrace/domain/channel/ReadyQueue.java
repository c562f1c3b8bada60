package io.millrace.domain.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Priority;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that are due, by priority and within it by acceptance. Of 21 starts 16 go to high, 4 to medium and 1 to low
 * while all three have jobs; what a priority does not use, the next one gets. So the lowest is delayed, never starved.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ReadyQueue {
    /** Starts in one round, highest priority first. */
    private static final int[] STARTS_IN_ROUND = {16, 4, 1};

    private final List<OrderedJobs> queues = List.of(
            new OrderedJobs(JobOrder.BY_ACCEPTANCE),
            new OrderedJobs(JobOrder.BY_ACCEPTANCE),
            new OrderedJobs(JobOrder.BY_ACCEPTANCE));

    /** Starts each priority may still have in this round. */
    private final int[] startsLeft = STARTS_IN_ROUND.clone();

    void add(LiveJob.Waiting job) {
        queueOf(job.submitted().priority()).add(job);
    }

    void remove(LiveJob.Waiting job) {
        queueOf(job.submitted().priority()).remove(job);
    }

    int size() {
        return sizeAtOrAbove(Priority.LOW);
    }

    /** Jobs of a priority and of all higher ones. */
    int sizeAtOrAbove(Priority priority) {
        int size = 0;
        for (int i = 0; i <= priority.ordinal(); i++) {
            size += queues.get(i).size();
        }
        return size;
    }

    /** Jobs of a higher priority, and those of the same that were accepted earlier. */
    int ahead(LiveJob.Waiting job) {
        Priority priority = job.submitted().priority();
        OrderedJobs own = queueOf(priority);
        return sizeAtOrAbove(priority) - own.size() + own.before(job);
    }

    void forEach(Consumer<LiveJob.Waiting> action) {
        queues.forEach(queue -> queue.forEach(action));
    }

    /** At most {@code count} jobs that may start, in the order in which they would. Changes nothing. */
    List<LiveJob.Waiting> next(int count, Predicate<LiveJob.Waiting> mayStart) {
        List<Head> heads = queues.stream()
                .map(queue -> new Head(queue.iterator(), mayStart))
                .toList();
        int[] left = startsLeft.clone();
        List<LiveJob.Waiting> next = new ArrayList<>();
        while (next.size() < count) {
            Head head = choose(heads, left);
            if (head == null) {
                break;
            }
            next.add(head.take());
        }
        return next;
    }

    /** Charges a start to its priority. */
    void countStart(Priority priority) {
        charge(startsLeft, priority.ordinal());
    }

    /** Starts charged in the current round, highest priority first; part of a snapshot. */
    List<Integer> startsInRound() {
        List<Integer> starts = new ArrayList<>(STARTS_IN_ROUND.length);
        for (int i = 0; i < STARTS_IN_ROUND.length; i++) {
            starts.add(STARTS_IN_ROUND[i] - startsLeft[i]);
        }
        return starts;
    }

    void startsInRound(List<Integer> starts) {
        for (int i = 0; i < STARTS_IN_ROUND.length && i < starts.size(); i++) {
            startsLeft[i] = Math.clamp(STARTS_IN_ROUND[i] - starts.get(i), 0, STARTS_IN_ROUND[i]);
        }
    }

    private OrderedJobs queueOf(Priority priority) {
        return queues.get(priority.ordinal());
    }

    /** The highest priority that has a job and a start left; if none has a start left, a new round begins. */
    private static @Nullable Head choose(List<Head> heads, int[] left) {
        int highest = -1;
        for (int i = 0; i < heads.size(); i++) {
            if (heads.get(i).hasJob()) {
                if (left[i] > 0) {
                    charge(left, i);
                    return heads.get(i);
                }
                highest = highest < 0 ? i : highest;
            }
        }
        if (highest < 0) {
            return null;
        }
        charge(left, highest);
        return heads.get(highest);
    }

    private static void charge(int[] left, int priority) {
        if (left[priority] == 0) {
            System.arraycopy(STARTS_IN_ROUND, 0, left, 0, left.length);
        }
        left[priority]--;
    }

    /** The foremost job of a priority that may start. */
    private static final class Head {
        private final Iterator<LiveJob.Waiting> jobs;
        private final Predicate<LiveJob.Waiting> mayStart;
        private LiveJob.@Nullable Waiting job;

        Head(Iterator<LiveJob.Waiting> jobs, Predicate<LiveJob.Waiting> mayStart) {
            this.jobs = jobs;
            this.mayStart = mayStart;
        }

        boolean hasJob() {
            while (job == null && jobs.hasNext()) {
                LiveJob.Waiting candidate = jobs.next();
                job = mayStart.test(candidate) ? candidate : null;
            }
            return job != null;
        }

        LiveJob.Waiting take() {
            LiveJob.Waiting taken = job;
            if (taken == null) {
                throw new IllegalStateException("no job was found");
            }
            job = null;
            return taken;
        }
    }
}
