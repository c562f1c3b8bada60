package io.millrace.channel;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;

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

    private record Answer<C>(long after, ActorRef<ManagerReply> replyTo, ManagerReply reply) implements Waiting<C> {}

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
    long next() {
        return ++lastSent;
    }

    /** What follows from a change waits for everything that was sent so far. */
    void follow(C change) {
        waiting.addLast(new Consequence<>(lastSent, change));
    }

    void tell(ActorRef<ManagerReply> replyTo, ManagerReply reply) {
        if (isEmpty()) {
            replyTo.tell(reply);
        } else {
            waiting.addLast(new Answer<>(lastSent, replyTo, reply));
        }
    }

    void stored(long number, Consumer<? super C> act) {
        lastStored = Math.max(lastStored, number);
        while (!waiting.isEmpty() && waiting.getFirst().after() <= lastStored) {
            switch (waiting.removeFirst()) {
                case Answer<C>(var _, var replyTo, var reply) -> replyTo.tell(reply);
                case Consequence<C>(var _, C change) -> act.accept(change);
            }
        }
    }

    void abandon(Problem problem) {
        for (Waiting<C> each : waiting) {
            if (each instanceof Answer<C>(var _, var replyTo, var _)) {
                replyTo.tell(new ManagerReply.Refused(problem));
            }
        }
        waiting.clear();
        lastStored = lastSent;
    }
}
