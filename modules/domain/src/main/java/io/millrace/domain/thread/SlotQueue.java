package io.millrace.domain.thread;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.thread.ThreadPriority;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a slot, by class and within it by arrival (contract row T-26). Of 21 slots 16 go to the class {@code
 * SYSTEM}, 4 to {@code PROCESSING} and 1 to {@code MONITORING} while all three have somebody; what a class does not use,
 * the next one gets. So the lowest class gets at least every 21st slot, however many of the others wait.
 *
 * @param <T> what waits, told apart by identity or equality
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class SlotQueue<T> {
    /** Slots of one round by class, in the order of {@link ThreadPriority}. */
    private static final int[] SLOTS_IN_ROUND = {16, 4, 1};

    private final int offeredMax;
    private final List<Deque<T>> queues = Stream.of(ThreadPriority.values())
            .<Deque<T>>map(_ -> new ArrayDeque<>())
            .toList();

    /** Slots that each class may still have in this round. */
    private final int[] slotsLeft = SLOTS_IN_ROUND.clone();

    /** @param offeredMax how many may wait before {@link #offer} refuses one more, at least 1 */
    public SlotQueue(int offeredMax) {
        this.offeredMax = offeredMax;
    }

    /** Lets one more wait, unless the queue is full; then it returns false and nothing has changed. */
    public boolean offer(ThreadPriority priority, T item) {
        if (size() >= offeredMax) {
            return false;
        }
        add(priority, item);
        return true;
    }

    /** Lets one more wait even if the queue is full: for those that were let in elsewhere and are bounded there. */
    public void add(ThreadPriority priority, T item) {
        queues.get(priority.ordinal()).add(item);
    }

    /**
     * Takes the one whose turn it is, and charges its class with a slot.
     *
     * @param mayStart who may have a slot now; the others keep their places
     */
    public Optional<T> take(Predicate<T> mayStart) {
        @Nullable Turn<T> fallback = null;
        for (int priority = 0; priority < queues.size(); priority++) {
            Turn<T> turn = turn(priority, mayStart);
            if (turn != null && slotsLeft[priority] > 0) {
                return Optional.of(taken(turn));
            }
            fallback = fallback == null ? turn : fallback;
        }
        if (fallback == null) {
            return Optional.empty();
        }
        System.arraycopy(SLOTS_IN_ROUND, 0, slotsLeft, 0, slotsLeft.length);
        return Optional.of(taken(fallback));
    }

    /** The foremost of a class that may start, or null. */
    private @Nullable Turn<T> turn(int priority, Predicate<T> mayStart) {
        for (T item : queues.get(priority)) {
            if (mayStart.test(item)) {
                return new Turn<>(priority, item);
            }
        }
        return null;
    }

    private T taken(Turn<T> turn) {
        queues.get(turn.priority).remove(turn.item);
        slotsLeft[turn.priority]--;
        return turn.item;
    }

    /** Removes whoever the condition names; true if there was any. */
    public boolean removeIf(Predicate<T> which) {
        boolean removed = false;
        for (Deque<T> queue : queues) {
            removed |= queue.removeIf(which);
        }
        return removed;
    }

    /** Does something for each, highest class first. The queue must not be changed meanwhile. */
    public void forEach(Consumer<T> action) {
        queues.forEach(queue -> queue.forEach(action));
    }

    /** True if anybody fits. */
    public boolean anyMatch(Predicate<T> which) {
        return queues.stream().anyMatch(queue -> queue.stream().anyMatch(which));
    }

    /** How many fit. */
    public int count(Predicate<T> which) {
        return (int) queues.stream().flatMap(Deque::stream).filter(which).count();
    }

    public int size() {
        return queues.stream().mapToInt(Deque::size).sum();
    }

    public boolean isEmpty() {
        return queues.stream().allMatch(Deque::isEmpty);
    }

    public void clear() {
        queues.forEach(Deque::clear);
    }

    private record Turn<T>(int priority, T item) {}
}
