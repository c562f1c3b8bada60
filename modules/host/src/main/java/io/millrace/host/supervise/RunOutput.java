package io.millrace.host.supervise;

import io.millrace.host.HostLimits;
import io.millrace.host.RunListener;
import io.millrace.host.supervise.Deadlines.Deadline;
import io.millrace.host.system.LibC;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what one command writes and sees that it gets to whoever listens.
 *
 * <p>A piece is read into the listener's own memory, and the next one when that piece was taken: the command waits for a
 * slow listener as it would for any reader of a pipe. If it has to wait for {@link HostLimits#OUTPUT_STALL_MAX}, or if
 * nobody listens, its output goes to a file, and from there to the listener, until that has caught up. Only while nobody
 * takes anything is output dropped that the file has no room for.
 *
 * <p>Used by the loop's thread. A pipe that is being read by the thread of the files is not touched.
 */
final class RunOutput implements OutputDelivery.Observer {
    private final EventLoop loop;
    private final List<OutputPipe> pipes;
    private final OutputDelivery delivery;
    private final KeptOutput kept;
    private final Observer observer;
    /** True from the first piece that goes to the file until the last one has left it. */
    private boolean isInFile;

    private boolean isKeeping;
    private boolean isFetching;
    private boolean isStalled;
    private @Nullable Deadline stall;
    private boolean isEnding;
    private boolean isClosing;
    private boolean isClosed;
    private long bytesAfterEnd;
    private @Nullable Deadline closing;

    /** Hears of the output as a whole. */
    interface Observer {
        /** Nothing is read any more. Called once. */
        void closed();

        /** Everything was handed over, for now. */
        void delivered();

        /** It cannot be handed over at all. */
        void failed(RuntimeException cause);
    }

    /** @param isForAdoption true for a run that another listener may take over */
    RunOutput(EventLoop loop, List<OutputPipe> pipes, boolean isForAdoption, KeptOutput kept, Observer observer) {
        this.loop = loop;
        this.pipes = List.copyOf(pipes);
        this.delivery = new OutputDelivery(loop, isForAdoption, this);
        this.kept = kept;
        this.observer = observer;
    }

    /** Begins to read. */
    void start() {
        resume();
    }

    /** From here on another listener is given what was not taken. */
    void attach(RunListener next) {
        delivery.attach(next);
        taken();
    }

    /** Nobody listens. */
    void detach() {
        delivery.detach();
        release();
    }

    /** Nothing writes any more: reads to the end, but for a limited time. */
    void end() {
        isEnding = true;
        closeLater();
        closedIfDone();
    }

    /** Nobody wants any output. */
    void abandon() {
        delivery.abandon();
        deleteFile();
        closePipes();
    }

    /** True if all of it was handed over. */
    boolean isDelivered() {
        return !isInFile && delivery.isDone();
    }

    long droppedBytes() {
        return kept.droppedBytes();
    }

    // From the pipes

    private void resume() {
        if (!isKeeping) {
            pipes.forEach(pipe -> pipe.watch(events -> onReady(pipe, events)));
        }
    }

    private void pause() {
        pipes.forEach(OutputPipe::unwatch);
    }

    private void onReady(OutputPipe pipe, int events) {
        if ((events & LibC.EPOLLIN) == 0) {
            onEnd(pipe);
        } else if (isKeeping) {
            pause();
        } else if (isInFile || !delivery.hasListener()) {
            keep(pipe);
        } else if (delivery.isFree()) {
            onRead(pipe, delivery.read(pipe));
        } else {
            hold();
        }
    }

    private void onRead(OutputPipe pipe, int count) {
        if (isEnding) {
            bytesAfterEnd += count;
        }
        if (count <= 0) {
            onEnd(pipe);
        } else if (bytesAfterEnd > HostLimits.OUTPUT_AFTER_END_BYTES_MAX) {
            closePipes();
        }
    }

    private void onEnd(OutputPipe pipe) {
        pipe.close();
        closedIfDone();
    }

    /** The command waits, but not for ever. */
    private void hold() {
        pause();
        if (stall == null) {
            stall = loop.at(System.nanoTime() + HostLimits.OUTPUT_STALL_MAX.toNanos(), this::onStall);
        }
    }

    /** The command need not wait any more. */
    private void release() {
        isStalled = false;
        loop.cancel(stall);
        stall = null;
        if (isEnding) {
            closeLater();
        }
        resume();
    }

    private void onStall() {
        stall = null;
        isStalled = true;
        isInFile = true;
        resume();
    }

    // By way of the file

    private void keep(OutputPipe pipe) {
        if (kept.isFull() && !isStalled && delivery.hasListener()) {
            hold();
            return;
        }
        isInFile = true;
        isKeeping = true;
        kept.append(pipe, count -> loop.submit(() -> onKept(pipe, count)));
    }

    private void onKept(OutputPipe pipe, int count) {
        isKeeping = false;
        onRead(pipe, count);
        if (isClosing) {
            closePipes();
        } else if (isEnding) {
            closeLater();
        }
        resume();
        fetch();
    }

    private void fetch() {
        if (isInFile && !isFetching && delivery.isFree()) {
            isFetching = true;
            kept.next(piece -> loop.submit(() -> onFetched(piece)));
        }
    }

    private void onFetched(@Nullable OutputPiece piece) {
        isFetching = false;
        if (piece != null) {
            delivery.hand(piece);
        } else if (!isKeeping) {
            deleteFile();
            release();
            observer.delivered();
        }
    }

    private void deleteFile() {
        if (isInFile) {
            isInFile = false;
            kept.delete();
        }
    }

    // To the listener

    @Override
    public void taken() {
        release();
        fetch();
        if (isDelivered()) {
            observer.delivered();
        }
    }

    @Override
    public void failed(RuntimeException cause) {
        observer.failed(cause);
    }

    // The end

    private void closeLater() {
        loop.cancel(closing);
        if (isClosed) {
            return;
        }
        closing = loop.at(System.nanoTime() + HostLimits.OUTPUT_CLOSE_DELAY_MAX.toNanos(), this::onOverdue);
    }

    /** Time counts only while the pipes are read: what waits for a listener or for the disk is not late. */
    private void onOverdue() {
        boolean isReading = !isKeeping && stall == null;
        if (isReading) {
            closePipes();
        }
    }

    private void closePipes() {
        if (isKeeping) {
            isClosing = true;
        } else {
            pipes.forEach(OutputPipe::close);
            closedIfDone();
        }
    }

    private void closedIfDone() {
        if (isEnding && !isClosed && pipes.stream().noneMatch(OutputPipe::isOpen)) {
            isClosed = true;
            loop.cancel(closing);
            loop.cancel(stall);
            observer.closed();
        }
    }
}
