package io.millrace.channel.process;

import io.millrace.channel.Instruments;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.log.OutputPump;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.ProcessHost;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * One process between the host that runs it and the manager that asked for it. Its output goes to the pump, and the host
 * is held back while the pump has no room.
 *
 * <p>The manager may go away at any time. It then either abandons the process, which is killed even if the host is only
 * about to start it, or leaves it to whoever adopts it later: what was taken from it is stored, nothing more is taken, and
 * what becomes of it stays with the host.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ProcessRun implements RunListener {
    private final RunKey key;
    private final ProcessHost host;
    private final ProcessOutput output;
    private final ProcessListener listener;
    private final Instruments instruments;
    private final AtomicReference<@Nullable Runnable> untaken = new AtomicReference<>();
    private final AtomicReference<@Nullable Ended> end = new AtomicReference<>();
    private final AtomicBoolean isTold = new AtomicBoolean();
    private final AtomicBoolean isCounted = new AtomicBoolean();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private volatile boolean isKnownToHost;
    private volatile boolean isAbandoned;
    private volatile boolean isLeft;

    ProcessRun(RunKey key, ProcessHost host, ProcessOutput output, ProcessListener listener, Instruments instruments) {
        this.key = key;
        this.host = host;
        this.output = output;
        this.listener = listener;
        this.instruments = instruments;
    }

    RunKey key() {
        return key;
    }

    /** True once the host has started it. */
    boolean isKnownToHost() {
        return isKnownToHost;
    }

    // What the host tells

    @Override
    public void started(Started started) {
        isKnownToHost = true;
        isCounted.set(true);
        instruments.processStarted();
        killIfAbandoned();
        listener.started(started);
    }

    @Override
    public void notStarted(Problem problem) {
        over.complete(null);
        instruments.processRefused();
        output.giveBackBuffer(() -> listener.notStarted(problem));
    }

    @Override
    public MemorySegment buffer() {
        return output.buffer().memory();
    }

    @Override
    public void output(LogStream stream, MemorySegment bytes, Runnable taken) {
        if (isLeft) {
            return;
        }
        OutputPump pump = output.pump();
        untaken.set(taken);
        pump.writeBuffered(stream, bytes, System.currentTimeMillis());
        if (pump.hasRoom() || isAbandoned) {
            take();
        } else {
            pump.whenRoom(this::take);
        }
    }

    /** What came too late for the pump stays with the host. */
    private void take() {
        Runnable taken = output.pump().hasRefused() ? null : untaken.getAndSet(null);
        if (taken != null) {
            taken.run();
        }
    }

    @Override
    public void ended(Ended ended) {
        if (isCounted.getAndSet(false)) {
            instruments.processEnded();
        }
        over.complete(null);
        if (isLeft) {
            return;
        }
        if (ended.reason() != null) {
            instruments.processCutOff(ended.reason());
        }
        end.set(ended);
        if (isAbandoned) {
            tellEnd(ended);
        } else {
            output.pump().close(_ -> tellEnd(ended));
        }
    }

    /** Nobody deals with the end of what was abandoned. */
    private void tellEnd(Ended ended) {
        if (isTold.compareAndSet(false, true)) {
            if (isAbandoned) {
                forget();
            }
            output.giveBackBuffer(() -> listener.ended(ended));
        }
    }

    // What its manager wants

    /** Sends a signal to its group. */
    void signal(int signal) {
        host.signal(key, signal);
    }

    /** Ends it with everything it started. */
    void kill() {
        host.kill(key);
    }

    /** Its end is dealt with. */
    void forget() {
        host.forget(key);
    }

    /** Nobody wants its output any more: it is ended. */
    void abandon() {
        isAbandoned = true;
        kill();
        take();
        Ended ended = end.get();
        if (ended != null) {
            tellEnd(ended);
        }
    }

    /** Kills what was abandoned before the host knew of it. */
    void killIfAbandoned() {
        if (isAbandoned) {
            kill();
        }
    }

    /**
     * From here on the host keeps what it writes, and how it ends, for whoever adopts it.
     *
     * @param stored told once everything that was taken is durable
     */
    void leave(ActorRef<LogStore.Flushed> stored) {
        leave();
        output.pump().closeAndStore(stored);
    }

    /** The same with its channel, that can store nothing any more: what was taken goes on with whoever adopts it. */
    void leaveUnstored() {
        leave();
        output.pump().suspend();
    }

    private void leave() {
        isLeft = true;
        if (isCounted.getAndSet(false)) {
            instruments.processEnded();
        }
    }

    /** The host has started it for an earlier life of the channel. */
    void wasStarted() {
        isKnownToHost = true;
    }

    /** Has its output go on where that of an earlier life of its channel was left. */
    void goOnFrom(ProcessRun former, Runnable then) {
        output.pump().goOnFrom(former.output.pump(), then);
    }

    /** Runs an action once nothing of it is left, at once if that is so. */
    void whenOver(Runnable action) {
        over.thenRun(action);
    }
}
