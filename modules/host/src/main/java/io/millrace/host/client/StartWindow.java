package io.millrace.host.client;

import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.StartOrder;
import io.millrace.host.protocol.Frame;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/**
 * Lets only so many starts go to the companion at a time as it can keep in its small memory until it has answered them:
 * an order may be large, and a start can take its time. Any thread adds; the thread of the connection sends what had to
 * wait.
 *
 * <p>A start that need not wait is sent by the thread that adds it, so that what this thread sends next comes behind it.
 * What a run is sent while its start waits has to wait with it.
 */
final class StartWindow {
    private final Consumer<Frame.OfNode> link;
    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingBytes = new AtomicLong();
    private final Map<Long, Long> bytesByUnansweredCall = new ConcurrentHashMap<>();
    private final AtomicLong unansweredBytes = new AtomicLong();

    private record Waiting(long call, StartOrder order, long bytes, Queue<Frame.OfNode> requests) {}

    /** @param link sends a frame, from any thread */
    StartWindow(Consumer<Frame.OfNode> link) {
        this.link = link;
    }

    /**
     * Sends a start, or has it wait.
     *
     * @return false if it waits for {@link #sendWaiting}
     */
    boolean add(long call, StartOrder order) {
        long bytes = bytes(order);
        if (queue.isEmpty() && hasTaken(bytes)) {
            send(call, order, bytes);
            return true;
        }
        waitingBytes.addAndGet(bytes);
        queue.add(new Waiting(call, order, bytes, new ConcurrentLinkedQueue<>()));
        return false;
    }

    /** Bytes of orders that wait. */
    long waitingBytes() {
        return waitingBytes.get();
    }

    /**
     * Has a request follow the start of its run if that waits. The start may be on its way a moment later, so that the
     * caller sends the request as well: before the start the companion ignores it.
     */
    void addRequest(RunKey key, Frame.OfNode request) {
        for (var waiting : queue) {
            if (waiting.order.key().equals(key)) {
                waiting.requests.add(request);
            }
        }
    }

    /** The same for new deadlines of leases. */
    void addDeadlines(Map<RunKey, Long> deadlines) {
        for (var waiting : queue) {
            var deadline = deadlines.get(waiting.order.key());
            if (deadline != null) {
                waiting.requests.add(new Frame.Renew(Map.of(waiting.order.key(), deadline)));
            }
        }
    }

    /**
     * Sends waiting starts for which there is room now.
     *
     * @param isWanted false for a call that was given up meanwhile
     */
    void sendWaiting(LongPredicate isWanted) {
        for (var next = queue.peek(); next != null; next = queue.peek()) {
            boolean isSent = isWanted.test(next.call);
            if (isSent && !hasTaken(next.bytes)) {
                return;
            }
            if (isSent) {
                send(next.call, next.order, next.bytes);
            }
            queue.remove();
            waitingBytes.addAndGet(-next.bytes);
            next.requests.forEach(isSent ? link : _ -> {});
        }
    }

    private void send(long call, StartOrder order, long bytes) {
        bytesByUnansweredCall.put(call, bytes);
        link.accept(new Frame.Start(call, order));
    }

    /** An order of any size goes if nothing else is unanswered. */
    private boolean hasTaken(long bytes) {
        while (true) {
            long before = unansweredBytes.get();
            if (before > 0 && before + bytes > HostLimits.STARTS_UNANSWERED_BYTES_MAX) {
                return false;
            }
            if (unansweredBytes.compareAndSet(before, before + bytes)) {
                return true;
            }
        }
    }

    /** The companion has answered, or nobody waits for it any more. */
    void answered(long call) {
        var bytes = bytesByUnansweredCall.remove(call);
        if (bytes != null) {
            unansweredBytes.addAndGet(-bytes);
        }
    }

    /** About what an order takes: what it takes besides does not grow. */
    static long bytes(StartOrder order) {
        long bytes = order.input().length;
        for (var argument : order.command()) {
            bytes += argument.length();
        }
        for (var variable : order.env().entrySet()) {
            bytes += variable.getKey().length() + variable.getValue().length();
        }
        return bytes;
    }
}
