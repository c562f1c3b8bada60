package io.millrace.host.client;

import io.millrace.contracts.Problem;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.StartOrder;
import io.millrace.host.protocol.Frame;
import io.millrace.host.protocol.FrameLink;
import io.millrace.host.protocol.ProtocolException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to a companion, from the greeting until it is lost. The thread that opens it greets and serves; any thread
 * may send.
 *
 * <p>What was sent and not answered when the connection is lost belongs to {@link #tellHostGone}. Of a call that comes too
 * late for that whoever makes it hears: of the two that may notice, the one that takes it out of the table deals with it.
 */
final class HostConnection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostConnection.class);

    /** So many pings in a row without any answer. A node that was stopped itself counts one of them at most. */
    private static final int SILENT_PINGS_MAX =
            Math.toIntExact(HostLimits.ANSWER_MAX.dividedBy(HostLimits.PING_INTERVAL));

    private static final int LEASES_PER_FRAME_MAX = 1_000;

    private final Duration startMax;
    private final Selector selector;
    private final FrameLink<Frame.OfHost, Frame.OfNode> link;
    private final Map<Long, RemoteRun> runs = new ConcurrentHashMap<>();
    private final StartWindow starts;
    private final Map<Long, RunKey> givenUp = new HashMap<>();
    private final MemorySegment unwanted = Arena.ofAuto().allocate(HostLimits.OUTPUT_PIECE_BYTES_MAX);
    private final AtomicLong lastCall = new AtomicLong();
    private final Greeting greeting = new Greeting();
    private long lastPing;
    private int silentPings;
    private boolean hasHeard;
    private volatile boolean isOver;
    private volatile boolean isLettingGo;

    /**
     * @param channel connected already
     * @param startMax how long a start may stay unanswered, {@link HostLimits#START_MAX} but for tests
     */
    HostConnection(SocketChannel channel, Duration startMax) throws IOException {
        this.startMax = startMax;
        this.selector = Selector.open();
        this.link = FrameLink.toHost(channel, selector, this::memory);
        this.starts = new StartWindow(link::send);
    }

    /**
     * Shows the secret and waits for the answer, for {@link HostLimits#ANSWER_MAX} at most.
     *
     * @return what the companion said of itself
     * @throws IOException if it does not answer, or its clock is not that of this process
     */
    Greeting greet(byte[] secret) throws IOException {
        long began = System.nanoTime();
        link.send(new Frame.Hello(Frame.VERSION, secret));
        while (!greeting.isComplete()) {
            long left = HostLimits.ANSWER_MAX.toNanos() - (System.nanoTime() - began);
            if (left <= 0) {
                throw new IOException(
                        "The process host did not answer within " + HostLimits.ANSWER_MAX.toSeconds() + " s");
            }
            turn(left);
        }
        greeting.requireSameClock(began, System.nanoTime());
        return greeting;
    }

    /**
     * Hands over what the companion says, until the connection is closed or lost.
     *
     * @throws IOException if it is lost; the message says how
     */
    void serve() throws IOException {
        long nextPing = System.nanoTime();
        while (!isLettingGo) {
            if (nextPing - System.nanoTime() <= 0) {
                ping();
                giveUpOverdue();
                nextPing = System.nanoTime() + HostLimits.PING_INTERVAL.toNanos();
            }
            turn(nextPing - System.nanoTime());
        }
        letGo();
    }

    /** Writes what waits, and reads once there is something or the time is over. */
    private void turn(long nanos) throws IOException {
        starts.sendWaiting(this::isWanted);
        link.write();
        selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos)));
        boolean isReady = !selector.selectedKeys().isEmpty();
        selector.selectedKeys().clear();
        if (isReady && !link.read(this::onFrame)) {
            throw new IOException("It has closed the connection");
        }
    }

    private boolean isWanted(long call) {
        if (runs.containsKey(call)) {
            return true;
        }
        givenUp.remove(call);
        return false;
    }

    private void ping() throws IOException {
        silentPings = hasHeard ? 0 : silentPings + 1;
        hasHeard = false;
        if (silentPings >= SILENT_PINGS_MAX) {
            throw new IOException("It has answered nothing for " + HostLimits.ANSWER_MAX.toMillis() + " ms");
        }
        link.send(new Frame.Ping(++lastPing));
    }

    /** Says farewell and waits until the companion has heard it, which then has ended what does not outlive the node. */
    private void letGo() throws IOException {
        long deadline = System.nanoTime() + HostLimits.ANSWER_MAX.toNanos();
        link.send(new Frame.Farewell());
        try {
            for (long left = 1; left > 0; left = deadline - System.nanoTime()) {
                turn(left);
            }
        } catch (IOException e) {
            LOG.debug("The process host has let go: {}", e.getMessage());
        }
    }

    private void onFrame(Frame.OfHost frame) throws ProtocolException {
        hasHeard = true;
        switch (frame) {
            case Frame.Known(var keys) -> greeting.add(keys);
            case Frame.Welcome welcome -> greeting.complete(welcome);
            case Frame.Started(var call, var started) -> onStarted(call, started);
            case Frame.NotStarted(var call, var problem) -> onNotStarted(call, problem);
            case Frame.Output(var call, var stream, var bytes) -> onOutput(call, stream, bytes);
            case Frame.Ended(var call, var ended) -> onEnded(call, ended);
            case Frame.Pong _ -> {
                // That it came is all it says.
            }
        }
    }

    private void onStarted(long call, RunListener.Started started) {
        starts.answered(call);
        var run = runs.get(call);
        if (run != null) {
            run.started(started);
        } else if (givenUp.containsKey(call)) {
            link.send(new Frame.Kill(givenUp.get(call)));
        }
    }

    private void onNotStarted(long call, Problem problem) {
        starts.answered(call);
        givenUp.remove(call);
        var run = runs.remove(call);
        if (run != null) {
            run.notStarted(problem);
        }
    }

    /** What nobody wants is thrown away, so that the command is not held up by it. */
    private MemorySegment memory(long call, LogStream stream, int bytes) {
        var run = runs.get(call);
        try {
            return run == null ? unwanted.asSlice(0, bytes) : run.buffer(bytes);
        } catch (RuntimeException e) {
            LOG.error("There is no memory for the {} of a run; it is lost", stream.wireName(), e);
            return unwanted.asSlice(0, bytes);
        }
    }

    private void onOutput(long call, LogStream stream, MemorySegment bytes) {
        Runnable taken = () -> link.send(new Frame.Taken(call));
        var run = runs.get(call);
        if (run == null) {
            taken.run();
        } else {
            run.output(stream, bytes, taken);
        }
    }

    private void onEnded(long call, RunListener.Ended ended) {
        starts.answered(call);
        var key = givenUp.remove(call);
        if (key != null) {
            link.send(new Frame.Forget(key));
        }
        var run = runs.remove(call);
        if (run != null) {
            run.ended(ended);
        }
    }

    private void giveUpOverdue() {
        long now = System.nanoTime();
        runs.forEach((call, run) -> {
            if (run.isOverdue(now, startMax) && runs.remove(call, run)) {
                givenUp.put(call, run.key());
                starts.answered(call);
                kill(run.key());
                run.notStarted(Refusals.startTookTooLong());
            }
        });
    }

    // Any thread

    /** @return false if the connection is over; nothing was done then, and the listener was told nothing */
    boolean start(StartOrder order, RunListener listener) {
        if (runs.size() >= HostLimits.COMMANDS_MAX) {
            listener.notStarted(Refusals.tooManyCommands());
        } else if (StartWindow.bytes(order) > HostLimits.ORDER_BYTES_MAX) {
            listener.notStarted(Refusals.orderTooLong());
        } else if (starts.waitingBytes() > HostLimits.STARTS_WAITING_BYTES_MAX) {
            listener.notStarted(Refusals.hostIsBusy());
        } else {
            return call(order.key(), listener, call -> {
                if (!starts.add(call, order)) {
                    selector.wakeup();
                }
            });
        }
        return true;
    }

    /** @return false if the connection is over; nothing was done then, and the listener was told nothing */
    boolean adopt(RunKey key, RunListener listener) {
        return call(key, listener, call -> link.send(new Frame.Adopt(call, key)));
    }

    private boolean call(RunKey key, RunListener listener, LongConsumer request) {
        long call = lastCall.incrementAndGet();
        var run = new RemoteRun(key, listener);
        runs.put(call, run);
        if (isOver) {
            return !runs.remove(call, run);
        }
        request.accept(call);
        return true;
    }

    void signal(RunKey key, int signal) {
        sendOf(key, new Frame.Signal(key, signal));
    }

    void kill(RunKey key) {
        sendOf(key, new Frame.Kill(key));
    }

    private void sendOf(RunKey key, Frame.OfNode request) {
        starts.addRequest(key, request);
        link.send(request);
    }

    void forget(RunKey key) {
        link.send(new Frame.Forget(key));
    }

    void renew(Map<RunKey, Long> deadlines) {
        starts.addDeadlines(deadlines);
        var part = new HashMap<RunKey, Long>();
        deadlines.forEach((key, deadline) -> {
            part.put(key, deadline);
            if (part.size() == LEASES_PER_FRAME_MAX) {
                link.send(new Frame.Renew(part));
                part.clear();
            }
        });
        if (!part.isEmpty()) {
            link.send(new Frame.Renew(part));
        }
    }

    /** Has {@link #serve} say farewell and return. */
    void lettingGo() {
        isLettingGo = true;
        selector.wakeup();
    }

    // When it is over

    /** Everything that was started by way of this connection is killed: says so. */
    void tellHostGone() {
        runs.forEach((call, run) -> {
            if (runs.remove(call, run)) {
                run.hostGone();
            }
        });
    }

    /** Nothing is sent any more. */
    @Override
    public void close() throws IOException {
        isOver = true;
        link.close();
        selector.close();
    }
}
