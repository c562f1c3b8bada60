package io.millrace.channel.log;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.log.LogStream;
import io.millrace.contracts.process.ProcessName;
import io.millrace.domain.Limits;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Turns the output of one attempt into blocks of lines for its channel's log store, in bounded memory.
 *
 * <p>Any thread may hand bytes in; they are worked on one call at a time, in the order they came, by whichever thread
 * finds nobody at work (so nobody waits for anybody). A block leaves when it is full or its first line is
 * {@link Limits#LOG_BLOCK_DELAY_MAX} old. A line whose end is long in coming leaves in parts, as {@link
 * Limits#LOG_PARTIAL_LINE_INTERVAL} says. The store gives credit for {@link Limits#LOG_BLOCKS_IN_FLIGHT_MAX} blocks;
 * without credit {@link #hasRoom()} is false and the writer holds back until {@link #whenRoom} calls, so a process that
 * writes faster than the database stores is slowed down by its own full pipe.
 *
 * <p>Who {@link #suspend suspends} a pump can have another one {@link #goOnFrom go on}, which has what the first one's store
 * did not take in: a store may end with its channel at any moment.
 *
 * <p>Of very long output the first {@link Limits#LOG_HEAD_BYTES_MAX} and the last {@link Limits#LOG_TAIL_BYTES_MAX}
 * bytes are kept. The tail follows when the output ends, behind a line of the system that says how much is missing.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class OutputPump {
    private final AttemptId attempt;
    private final @Nullable ProcessName process;
    private final ActorRef<LogStore.Command> store;
    private final OutputTimer timer;
    private final Instruments instruments;

    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger callsWaiting = new AtomicInteger();
    private volatile boolean storeHasRoom = true;
    private volatile boolean isBufferTaken;
    private volatile boolean hasRefused;

    // From here on touched by one call at a time.
    private final OutputBlocks blocks;
    private final LineSink lines;
    private LineSplitter stdout;
    private LineSplitter stderr;
    /** Sent to the store, and not in its books yet. */
    private final Deque<OutputBlock> unaccepted = new ArrayDeque<>();

    private int inFlight;
    private boolean flushIsDue;
    private boolean lookIsDue;
    private boolean isClosed;
    private boolean isSuspended;
    private final Deque<Runnable> onRoom = new ArrayDeque<>();
    private @Nullable Consumer<Written> onWritten;

    /** Keeps what was written as it is. */
    public OutputPump(AttemptId attempt, ActorRef<LogStore.Command> store, OutputTimer timer, Instruments instruments) {
        this(attempt, store, timer, instruments, ControlSequences.KEPT);
    }

    public OutputPump(
            AttemptId attempt,
            ActorRef<LogStore.Command> store,
            OutputTimer timer,
            Instruments instruments,
            ControlSequences sequences) {
        this(
                attempt,
                null,
                store,
                timer,
                instruments,
                sequences,
                new OutputBlocks(Limits.LOG_HEAD_BYTES_MAX),
                UnaryOperator.identity());
    }

    private OutputPump(
            AttemptId attempt,
            @Nullable ProcessName process,
            ActorRef<LogStore.Command> store,
            OutputTimer timer,
            Instruments instruments,
            ControlSequences sequences,
            OutputBlocks blocks,
            UnaryOperator<LineSink> stages) {
        this.attempt = attempt;
        this.process = process;
        this.store = store;
        this.timer = timer;
        this.instruments = instruments;
        this.stdout = new LineSplitter(LogStream.STDOUT, sequences);
        this.stderr = new LineSplitter(LogStream.STDERR, sequences);
        this.blocks = blocks;
        this.lines = stages.apply(blocks);
    }

    /**
     * For the output of what runs without end: all of it is handed on as it comes, and how much is kept is up to the
     * retention of the channel.
     *
     * @param attempt identifier of the process, and the number and epoch of its run
     * @param process name with which the lines are shown
     * @param stages puts in front of the given sink what every line passes on its way. Called once; its sinks are called
     *     by one thread at a time
     */
    public static OutputPump endless(
            AttemptId attempt,
            ProcessName process,
            ActorRef<LogStore.Command> store,
            OutputTimer timer,
            Instruments instruments,
            ControlSequences sequences,
            UnaryOperator<LineSink> stages) {
        return new OutputPump(
                attempt, process, store, timer, instruments, sequences, new OutputBlocks(Long.MAX_VALUE), stages);
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

    /** A line of the system between those that are handed in. */
    public void note(String text) {
        long now = System.currentTimeMillis();
        call(() -> {
            blocks.note(now, text);
            afterLines();
        });
    }

    /** False while the log store is behind or a buffer is still being read; then a writer holds back. */
    public boolean hasRoom() {
        return storeHasRoom && !isBufferTaken;
    }

    /** True once bytes came behind {@link #close}, which are in no line. */
    public boolean hasRefused() {
        return hasRefused;
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
                stdout.finish(lines);
                stderr.finish(lines);
                lines.end();
                blocks.finish();
            }
            send();
        });
    }

    /** Takes nothing and sends nothing any more, and keeps what the store did not take in. Nobody waits for room then. */
    public void suspend() {
        call(() -> {
            isSuspended = true;
            storeHasRoom = true;
            signalRoom();
        });
    }

    /**
     * Begins with what a suspended pump has left: lines its store did not take in, and one that has no end yet.
     *
     * @param former whose store has ended
     * @param then run once, from any thread, before which nothing may be handed in
     */
    public void goOnFrom(OutputPump former, Runnable then) {
        former.call(() -> {
            var sent = former.unaccepted;
            var out = former.stdout;
            var err = former.stderr;
            call(() -> {
                stdout = out;
                stderr = err;
                blocks.goOnFrom(sent, former.blocks);
                afterLines();
            });
            then.run();
        });
    }

    /** Ends the output like {@link #close}. Answered once every line is durable. */
    public void closeAndStore(ActorRef<LogStore.Flushed> replyTo) {
        close(_ -> store.tell(new LogStore.FlushAttempt(attempt, replyTo)));
    }

    private void blockAccepted() {
        call(unaccepted::poll);
    }

    private void blockTaken() {
        call(() -> {
            inFlight--;
            send();
        });
    }

    private void split(LogStream stream, MemorySegment bytes, long atMillis) {
        if (isClosed || isSuspended) {
            hasRefused = true;
        } else {
            splitter(stream).split(bytes, atMillis, lines);
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
        lookLater(stdout.hasUnfinished() || stderr.hasUnfinished());
        send();
    }

    private void lookLater(boolean hasUnfinished) {
        if (!lookIsDue && hasUnfinished) {
            lookIsDue = true;
            timer.after(Limits.LOG_PARTIAL_LINE_INTERVAL, () -> call(this::look));
        }
    }

    /** Shows what has waited for its line's end for too long. */
    private void look() {
        lookIsDue = false;
        if (isSuspended) {
            return;
        }
        boolean isOutNew = stdout.lookAtUnfinished(lines);
        boolean isErrNew = stderr.lookAtUnfinished(lines);
        lookLater(isOutNew || isErrNew);
        blocks.finishHeadBlock();
        send();
    }

    private void flush() {
        flushIsDue = false;
        if (!isSuspended) {
            blocks.finishHeadBlock();
            send();
        }
    }

    private void send() {
        while (!isSuspended && inFlight < Limits.LOG_BLOCKS_IN_FLIGHT_MAX && blocks.hasReady()) {
            var block = blocks.takeReady();
            inFlight++;
            unaccepted.add(block);
            instruments.logTaken(block.lineCount(), block.lines().length);
            store.tell(new LogStore.Append(
                    attempt, process == null ? block : block.of(process), this::blockAccepted, this::blockTaken));
        }
        storeHasRoom = isSuspended || !blocks.hasReady();
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
