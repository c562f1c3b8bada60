package io.millrace.domain.channel;

import io.millrace.contracts.job.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Jobs that are due, by priority and within it by acceptance. Of 21 starts 16 go to high, 4 to medium and 1 to low
 * while all three have jobs; what a priority does not use, the next one gets. So the lowest is delayed, never starved.
 */
final class ReadyQueue {
    private static final int[] WEIGHTS = {16, 4, 1};
    private static final Priority[] PRIORITIES = Priority.values();

    private final List<TreeSet<LiveJob.Waiting>> jobs = List.of(
            new TreeSet<>(JobOrder.BY_ACCEPTANCE),
            new TreeSet<>(JobOrder.BY_ACCEPTANCE),
            new TreeSet<>(JobOrder.BY_ACCEPTANCE));

    /** Starts each priority may still have in this round. */
    private final int[] credits = WEIGHTS.clone();

    void add(LiveJob.Waiting job) {
        queueOf(job.submitted().priority()).add(job);
    }

    void remove(LiveJob.Waiting job) {
        queueOf(job.submitted().priority()).remove(job);
    }

    int size() {
        return queueOf(Priority.HIGH).size() + queueOf(Priority.MEDIUM).size() + queueOf(Priority.LOW).size();
    }

    int sizeAtOrAbove(Priority priority) {
        int size = 0;
        for (int i = 0; i <= priority.ordinal(); i++) {
            size += jobs.get(i).size();
        }
        return size;
    }

    void forEach(Consumer<LiveJob.Waiting> action) {
        jobs.forEach(queue -> queue.forEach(action));
    }

    /** The next {@code count} jobs in the order in which they would start. Changes nothing. */
    List<LiveJob.Waiting> peek(int count) {
        int[] left = credits.clone();
        var heads = jobs.stream().map(TreeSet::iterator).toList();
        int[] sizes = jobs.stream().mapToInt(TreeSet::size).toArray();
        List<LiveJob.Waiting> next = new ArrayList<>(Math.min(count, size()));
        while (next.size() < count) {
            int chosen = choose(left, sizes);
            if (chosen < 0) {
                break;
            }
            left[chosen]--;
            sizes[chosen]--;
            next.add(heads.get(chosen).next());
        }
        return next;
    }

    /** Charges a start to its priority. */
    void countStart(Priority priority) {
        int index = priority.ordinal();
        if (credits[index] == 0) {
            refill(credits);
        }
        credits[index]--;
    }

    /** Starts charged in the current round, highest priority first; part of a snapshot. */
    List<Integer> startsSinceBalance() {
        List<Integer> starts = new ArrayList<>(WEIGHTS.length);
        for (int i = 0; i < WEIGHTS.length; i++) {
            starts.add(WEIGHTS[i] - credits[i]);
        }
        return starts;
    }

    void startsSinceBalance(List<Integer> starts) {
        for (int i = 0; i < WEIGHTS.length && i < starts.size(); i++) {
            credits[i] = Math.clamp(WEIGHTS[i] - starts.get(i), 0, WEIGHTS[i]);
        }
    }

    private TreeSet<LiveJob.Waiting> queueOf(Priority priority) {
        return jobs.get(priority.ordinal());
    }

    private static int choose(int[] left, int[] sizes) {
        int waiting = -1;
        for (int i = 0; i < PRIORITIES.length; i++) {
            if (sizes[i] > 0) {
                if (left[i] > 0) {
                    return i;
                }
                waiting = waiting < 0 ? i : waiting;
            }
        }
        if (waiting >= 0) {
            refill(left);
        }
        return waiting;
    }

    private static void refill(int[] credits) {
        System.arraycopy(WEIGHTS, 0, credits, 0, WEIGHTS.length);
    }
}
