package io.millrace.host.supervise;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.HostLimits;
import io.millrace.host.RunListener;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Hands the output of one run to its listener, the next piece when the one before was taken. What a listener did not take
 * is handed to the one after it, if the run may have several. Used by the loop's thread.
 */
final class OutputDelivery {
    private final EventLoop loop;
    private final boolean keepsCopies;
    private final Observer observer;
    private @Nullable RunListener listener;
    private long number;
    private boolean isOut;
    /** What is out, if there may be somebody else to give it to. */
    private @Nullable OutputPiece copy;
    /** Goes before anything else. At most a piece that was not taken, the rest of it, and one that was just fetched. */
    private final Deque<OutputPiece> waiting = new ArrayDeque<>();

    /** Hears how it goes. */
    interface Observer {
        /** There is room for the next piece. */
        void taken();

        /** The listener cannot take anything. */
        void failed(RuntimeException cause);
    }

    /** @param keepsCopies true for a run that may be adopted: then a piece is remembered until it was taken */
    OutputDelivery(EventLoop loop, boolean keepsCopies, Observer observer) {
        this.loop = loop;
        this.keepsCopies = keepsCopies;
        this.observer = observer;
    }

    /** From here on another listener is given what was not taken. */
    void attach(RunListener next) {
        detach();
        listener = next;
        handWaiting();
    }

    /** Nobody listens. */
    void detach() {
        listener = null;
        isOut = false;
        number++;
        if (copy != null) {
            waiting.addFirst(copy);
            copy = null;
        }
    }

    boolean hasListener() {
        return listener != null;
    }

    /** True if the next piece may be handed over. */
    boolean isFree() {
        return listener != null && !isOut && waiting.isEmpty();
    }

    /** True if everything was handed over, though the last piece may not be taken yet. */
    boolean isDone() {
        return waiting.isEmpty();
    }

    /**
     * Reads from a pipe into the listener's own memory and hands over what came. Call it if {@link #isFree}.
     *
     * @return bytes read, 0 or less at the end of the pipe or if it failed
     */
    int read(OutputPipe pipe) {
        var reader = listener;
        if (reader == null) {
            throw new IllegalStateException("Nobody listens to the output");
        }
        try {
            var memory = memoryOf(reader);
            int count = pipe.read(memory);
            if (count > 0) {
                hand(reader, pipe.stream(), memory.asSlice(0, count));
            }
            return count;
        } catch (RuntimeException e) {
            observer.failed(e);
            return 0;
        }
    }

    /** Hands a piece over, as soon as somebody listens. */
    void hand(OutputPiece piece) {
        waiting.addLast(piece);
        handWaiting();
    }

    private void handWaiting() {
        var reader = listener;
        if (waiting.isEmpty() || reader == null || isOut) {
            return;
        }
        try {
            handWaiting(reader);
        } catch (RuntimeException e) {
            observer.failed(e);
        }
    }

    private void handWaiting(RunListener reader) {
        var next = waiting.removeFirst();
        var memory = memoryOf(reader);
        int count = next.copyTo(memory);
        if (count < next.bytes().length) {
            waiting.addFirst(next.behind(count));
        }
        hand(reader, next.stream(), memory.asSlice(0, count));
    }

    private static MemorySegment memoryOf(RunListener reader) {
        var memory = reader.buffer();
        return memory.asSlice(0, Math.min(memory.byteSize(), HostLimits.OUTPUT_PIECE_BYTES_MAX));
    }

    private void hand(RunListener reader, LogStream stream, MemorySegment bytes) {
        copy = keepsCopies ? new OutputPiece(stream, bytes.toArray(ValueLayout.JAVA_BYTE)) : null;
        isOut = true;
        long piece = ++number;
        reader.output(stream, bytes, () -> onTaken(piece));
    }

    private void onTaken(long piece) {
        if (!loop.isOwnThread()) {
            loop.submit(() -> onTaken(piece));
        } else if (isOut && piece == number) {
            isOut = false;
            copy = null;
            handWaiting();
            if (isFree()) {
                observer.taken();
            }
        }
    }

    /** Nobody wants any output. */
    void abandon() {
        listener = null;
        waiting.clear();
        copy = null;
        isOut = false;
        number++;
    }
}
