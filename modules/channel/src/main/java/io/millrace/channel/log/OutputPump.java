package io.millrace.channel.log;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Turns the output of one attempt into blocks of lines for its channel's log store, in bounded memory.
 *
 * <p>Any thread may hand bytes in; they are worked on one call at a time, in the order they came, by whichever thread
 * finds nobody at work (so nobody waits for anybody). A block leaves when it is full or its first line is
 * {@link Limits#LOG_BLOCK_DELAY_MAX} old. The store gives credit for {@link Limits#LOG_BLOCKS_IN_FLIGHT_MAX} blocks;
 * without credit {@link #hasRoom()} is false and the writer holds back until {@link #whenRoom} calls, so a process that
 * writes faster than the database stores is slowed down by its own full pipe.
 *
 * <p>Of very long output the first {@link Limits#LOG_HEAD_BYTES_MAX} and the last {@link Limits#LOG_TAIL_BYTES_MAX}
 * bytes are kept. The tail follows when the output ends, behind a line of the system that says how much is missing.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class OutputPump {
    private final AttemptId attempt;
    private final ActorRef<LogStore.Command> store;
    private final OutputTimer timer;
    private final Instruments instruments;

    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger callsWaiting = new AtomicInteger();
    private volatile boolean storeHasRoom = true;
    private volatile boolean isBufferTaken;

    // From here on touched by one call at a time.
    private final OutputBlocks blocks = new OutputBlocks();
    private final LineSplitter stdout = new LineSplitter(LogStream.STDOUT);
    private final LineSplitter stderr = new LineSplitter(LogStream.STDERR);
    private int inFlight;
    private boolean flushIsDue;
    private boolean isClosed;
    private final Deque<Runnable> onRoom = new ArrayDeque<>();
    private @Nullable Consumer<Written> onWritten;

    public OutputPump(AttemptId attempt, ActorRef<LogStore.Command> store, OutputTimer timer, Instruments instruments) {
        this.attempt = attempt;
        this.store = store;
        this.timer = timer;
        this.instruments = instruments;
    }

    /**
     * What an attempt wrote.
     *
     * @param lines handed to the log store
     * @param bytesDropped beyond the attempt's quota
     */
    public record Written(long lines, long bytesDropped) {}

    /**
     * Hands bytes in. After {@link #close} it does nothing.
     *
     * @param bytes not copied: the caller leaves them alone from here on
     */
    public void write(LogStream stream, byte[] bytes, long atMillis) {
        call(() -> split(stream, MemorySegment.ofArray(bytes), atMillis));
    }

    /**
     * Hands in bytes that lie in a buffer. After {@link #close} it does nothing. One thread at a time may write so.
     *
     * @param bytes the caller leaves them alone until {@link #hasRoom()}, or {@link #whenRoom}, says that there is room
     */
    public void writeBuffered(LogStream stream, MemorySegment bytes, long atMillis) {
        isBufferTaken = true;
        call(() -> {
            try {
                split(stream, bytes, atMillis);
            } finally {
                isBufferTaken = false;
            }
        });
    }

    /** False while the log store is behind or a buffer is still being read; then a writer holds back. */
    public boolean hasRoom() {
        return storeHasRoom && !isBufferTaken;
    }

    /** Calls back once, from any thread, as soon as there is room. */
    public void whenRoom(Runnable resume) {
        call(() -> {
            onRoom.add(resume);
            signalRoom();
        });
    }

    /** Calls back once, from any thread, as soon as nothing that was handed in before is still being read. */
    public void whenRead(Runnable action) {
        call(action);
    }

    /**
     * Ends the output: an unfinished line becomes a partial one, and a tail follows.
     *
     * @param written called once, from any thread, when every line was handed to the log store
     */
    public void close(Consumer<Written> written) {
        call(() -> {
            onWritten = written;
            if (!isClosed) {
                isClosed = true;
                stdout.finish(blocks);
                stderr.finish(blocks);
                blocks.finish();
            }
            send();
        });
    }

    private void blockTaken() {
        call(() -> {
            inFlight--;
            send();
        });
    }

    private void split(LogStream stream, MemorySegment bytes, long atMillis) {
        if (!isClosed) {
            splitter(stream).split(bytes, atMillis, blocks);
            afterLines();
        }
    }

    private void call(Runnable call) {
        calls.add(call);
        if (callsWaiting.getAndIncrement() == 0) {
            work();
        }
    }

    /** A call that fails does not hold up those behind it. */
    private void work() {
        RuntimeException failure = null;
        do {
            var next = calls.poll();
            try {
                if (next != null) {
                    next.run();
                }
            } catch (RuntimeException e) {
                failure = e;
            }
        } while (callsWaiting.decrementAndGet() > 0);
        if (failure != null) {
            throw failure;
        }
    }

    private void afterLines() {
        if (!flushIsDue && blocks.hasOpenBlock()) {
            flushIsDue = true;
            timer.after(Limits.LOG_BLOCK_DELAY_MAX, () -> call(this::flush));
        }
        send();
    }

    private void flush() {
        flushIsDue = false;
        blocks.finishHeadBlock();
        send();
    }

    private void send() {
        while (inFlight < Limits.LOG_BLOCKS_IN_FLIGHT_MAX && blocks.hasReady()) {
            var block = blocks.takeReady();
            inFlight++;
            instruments.logTaken(block.lineCount(), block.lines().length);
            store.tell(new LogStore.Append(attempt, block, this::blockTaken));
        }
        storeHasRoom = !blocks.hasReady();
        signalRoom();
        if (storeHasRoom && isClosed && onWritten != null) {
            var listener = onWritten;
            onWritten = null;
            instruments.logDropped(blocks.bytesDropped());
            listener.accept(new Written(blocks.linesKept(), blocks.bytesDropped()));
        }
    }

    private void signalRoom() {
        while (storeHasRoom && !onRoom.isEmpty()) {
            onRoom.remove().run();
        }
    }

    private LineSplitter splitter(LogStream stream) {
        return stream == LogStream.STDERR ? stderr : stdout;
    }
}
