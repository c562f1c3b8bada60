package io.millrace.channel.log;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import io.millrace.domain.log.LogLines;
import java.nio.charset.StandardCharsets;
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
    private static final int TAIL_BLOCK_BYTES = Limits.LOG_TAIL_BYTES_MAX / 64;
    private static final int FIRST_BLOCK_BYTES = 512;

    private final AttemptId attempt;
    private final ActorRef<LogStore.Command> store;
    private final OutputTimer timer;
    private final Instruments instruments;

    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger callsWaiting = new AtomicInteger();
    private volatile boolean hasRoom = true;

    // From here on touched by one call at a time.
    private final LogBlocks blocks = new LogBlocks();
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
    public void write(LogStream stream, byte[] bytes, int length, long atMillis) {
        call(() -> {
            if (!isClosed) {
                splitter(stream).split(bytes, length, atMillis, blocks);
                afterLines();
            }
        });
    }

    /** False while the log store is behind; then a writer holds back. */
    public boolean hasRoom() {
        return hasRoom;
    }

    /** Calls back once, from any thread, as soon as there is room. */
    public void whenRoom(Runnable resume) {
        call(() -> {
            onRoom.add(resume);
            signalRoom();
        });
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

    private void call(Runnable call) {
        calls.add(call);
        if (callsWaiting.getAndIncrement() == 0) {
            do {
                var next = calls.poll();
                if (next != null) {
                    next.run();
                }
            } while (callsWaiting.decrementAndGet() > 0);
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
        while (inFlight < Limits.LOG_BLOCKS_IN_FLIGHT_MAX && !blocks.ready.isEmpty()) {
            var block = blocks.ready.remove();
            inFlight++;
            instruments.logTaken(block.lineCount(), block.lines().length);
            store.tell(new LogStore.Append(attempt, block, this::blockTaken));
        }
        hasRoom = blocks.ready.isEmpty();
        signalRoom();
        if (hasRoom && isClosed && onWritten != null) {
            var listener = onWritten;
            onWritten = null;
            instruments.logDropped(blocks.bytesDropped);
            listener.accept(new Written(blocks.linesKept, blocks.bytesDropped));
        }
    }

    private void signalRoom() {
        while (hasRoom && !onRoom.isEmpty()) {
            onRoom.remove().run();
        }
    }

    private LineSplitter splitter(LogStream stream) {
        return stream == LogStream.STDERR ? stderr : stdout;
    }

    /** Collects lines into blocks: the head at once, then the newest lines only. */
    private static final class LogBlocks implements LineSplitter.Sink {
        final Deque<OutputBlock> ready = new ArrayDeque<>();
        long linesKept;
        long bytesDropped;

        private final LogLines.Encoder head = new LogLines.Encoder(FIRST_BLOCK_BYTES);
        private final Deque<TailBlock> tail = new ArrayDeque<>();
        private LogLines.@Nullable Encoder tailEnd;
        private long headBytes;
        private long tailBytes;
        private long lastMillis;

        @Override
        public void line(long millis, LogStream stream, boolean isPartial, byte[] bytes, int from, int length) {
            lastMillis = millis;
            if (tailEnd != null) {
                addToTail(tailEnd, millis, stream, isPartial, bytes, from, length);
                return;
            }
            if (headBytes + length > Limits.LOG_HEAD_BYTES_MAX) {
                startTail(millis);
                line(millis, stream, isPartial, bytes, from, length);
                return;
            }
            headBytes += length + 1;
            head.add(millis, stream, isPartial, bytes, from, length);
            if (head.length() >= Limits.LOG_BLOCK_BYTES_MAX) {
                finishHeadBlock();
            }
        }

        boolean hasOpenBlock() {
            return !head.isEmpty();
        }

        void finishHeadBlock() {
            if (!head.isEmpty()) {
                addReady(OutputBlock.of(head));
            }
        }

        /** Moves everything that is left into blocks that are ready. */
        void finish() {
            if (tailEnd != null) {
                finishTailBlock(tailEnd);
                if (bytesDropped > 0) {
                    note(
                            lastMillis,
                            bytesDropped + " bytes of output are missing here: an attempt keeps the first "
                                    + Limits.LOG_HEAD_BYTES_MAX + " and the last " + Limits.LOG_TAIL_BYTES_MAX
                                    + " bytes. Write longer output to a file.");
                }
            }
            finishHeadBlock();
            tail.forEach(block -> addReady(block.block));
            tail.clear();
        }

        private void startTail(long millis) {
            note(
                    millis,
                    "The first " + Limits.LOG_HEAD_BYTES_MAX + " bytes of output are above. Of what follows the last "
                            + Limits.LOG_TAIL_BYTES_MAX + " bytes are kept and shown when the attempt ends.");
            finishHeadBlock();
            tailEnd = new LogLines.Encoder(TAIL_BLOCK_BYTES);
        }

        private void addToTail(
                LogLines.Encoder end,
                long millis,
                LogStream stream,
                boolean isPartial,
                byte[] bytes,
                int from,
                int length) {
            end.add(millis, stream, isPartial, bytes, from, length);
            if (end.length() >= TAIL_BLOCK_BYTES) {
                finishTailBlock(end);
            }
        }

        private void finishTailBlock(LogLines.Encoder end) {
            if (end.isEmpty()) {
                return;
            }
            long contentBytes = end.contentBytes() + end.lineCount();
            tail.add(new TailBlock(OutputBlock.of(end), contentBytes));
            tailBytes += contentBytes;
            while (tailBytes > Limits.LOG_TAIL_BYTES_MAX && tail.size() > 1) {
                long dropped = tail.remove().contentBytes;
                tailBytes -= dropped;
                bytesDropped += dropped;
            }
        }

        private void note(long millis, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            head.add(millis, LogStream.SYSTEM, false, bytes, 0, bytes.length);
        }

        private void addReady(OutputBlock block) {
            linesKept += block.lineCount();
            ready.add(block);
        }

        private record TailBlock(OutputBlock block, long contentBytes) {}
    }
}
