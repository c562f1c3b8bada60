package io.millrace.channel.service;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.LineListener;
import io.millrace.domain.Limits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** Those who hear the output of the processes of a channel (contract rows B-37, B-38 and B-48). */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LineListeners {
    private final Executor threads;
    private final ListenerCounters counters = new ListenerCounters();
    private final Map<Long, Registration> registrations = new LinkedHashMap<>();
    private long lastId;

    private record Registration(ListenerQueue queue, ListenerOwner owner) {}

    /** @param threads on which listeners are called; they may block */
    LineListeners(Executor threads) {
        this.threads = threads;
    }

    boolean isFull() {
        return registrations.size() >= Limits.LINE_LISTENERS_MAX;
    }

    /** Lets a listener hear what is started from now on. */
    long add(LineListener listener, ListenerOwner owner) {
        lastId++;
        registrations.put(lastId, new Registration(new ListenerQueue(listener, threads, counters), owner));
        return lastId;
    }

    /**
     * Lets a listener hear nothing more.
     *
     * @param owner that it must belong to
     * @param silent run once it does not, from any thread; never if there was no such listener
     * @return false if there was none
     */
    boolean remove(long id, ListenerOwner owner, Runnable silent) {
        Registration registration = registrations.get(id);
        if (registration == null || registration.owner != owner) {
            return false;
        }
        registrations.remove(id);
        registration.queue.close(silent);
        return true;
    }

    /** Lets the listeners of an attempt hear nothing more. */
    void removeAllOf(ListenerOwner owner) {
        registrations.values().removeIf(registration -> {
            boolean isMeant = registration.owner == owner;
            if (isMeant) {
                registration.queue.close(() -> {});
            }
            return isMeant;
        });
    }

    /** Those who hear what starts now. */
    List<ListenerQueue> current() {
        return registrations.values().stream().map(Registration::queue).toList();
    }

    int size() {
        return registrations.size();
    }

    ListenerCounters counters() {
        return counters;
    }

    /** Nobody hears anything more. */
    void clear() {
        registrations.values().forEach(registration -> registration.queue.close(() -> {}));
        registrations.clear();
    }
}
