package io.millrace.channel;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What waits until changes that a manager sent to its channel are stored: answers, and what follows from the changes. It
 * outlives a restart of the manager.
 *
 * @param <C> changes
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class UnstoredChanges<C> {
    /** In the order in which it was decided. */
    private final Deque<Waiting<C>> waiting = new ArrayDeque<>();

    private long lastSent;
    private long lastStored;

    private sealed interface Waiting<C> {
        /** Number of the changes that must be stored first. */
        long after();
    }

    private record Answer<C>(long after, Runnable tell, Consumer<Problem> refuse) implements Waiting<C> {}

    private record Consequence<C>(long after, C change) implements Waiting<C> {}

    /** True if everything that was sent is stored. */
    public boolean isEmpty() {
        return lastStored == lastSent;
    }

    /** True if something waits that follows from such a change. */
    public boolean isAnyWaiting(Predicate<? super C> which) {
        return waiting.stream().anyMatch(each -> each instanceof Consequence<C>(var _, C change) && which.test(change));
    }

    /** Number of the changes that are sent next. */
    public long next() {
        return ++lastSent;
    }

    /** Number of the changes that were sent last, 0 before. */
    public long lastSent() {
        return lastSent;
    }

    /** What follows from a change waits for everything that was sent so far. */
    void follow(C change) {
        waiting.addLast(new Consequence<>(lastSent, change));
    }

    /**
     * Tells something once everything that was sent so far is stored.
     *
     * @param refuse used instead if it never is
     */
    public void whenStored(Runnable tell, Consumer<Problem> refuse) {
        if (isEmpty()) {
            tell.run();
        } else {
            waiting.addLast(new Answer<>(lastSent, tell, refuse));
        }
    }

    /**
     * Everything up to this number is stored.
     *
     * @param act does what follows from a change
     */
    public void stored(long number, Consumer<? super C> act) {
        lastStored = Math.max(lastStored, number);
        while (!waiting.isEmpty() && waiting.getFirst().after() <= lastStored) {
            switch (waiting.removeFirst()) {
                case Answer<C>(var _, var tell, var _) -> tell.run();
                case Consequence<C>(var _, C change) -> act.accept(change);
            }
        }
    }

    /** Whatever waits to be stored never will be: those who wait are told so, and nothing else follows from it. */
    public void abandon(Problem problem) {
        for (Waiting<C> each : waiting) {
            if (each instanceof Answer<C>(var _, var _, var refuse)) {
                refuse.accept(problem);
            }
        }
        waiting.clear();
        lastStored = lastSent;
    }
}
