package io.millrace.host.server;

import io.millrace.contracts.Problem;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.RunListener;
import io.millrace.host.protocol.Frame;
import io.millrace.host.system.LibC;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Tells a node what becomes of a run. The memory of a piece is taken when something is read and given back when the node
 * has taken it, so that runs which write nothing need none.
 */
final class ForwardedRun implements RunListener {
    private final long call;
    private final OutputBudget budget;
    private final Node node;
    private final AtomicReference<@Nullable MemorySegment> memory = new AtomicReference<>();
    private final AtomicReference<@Nullable Piece> piece = new AtomicReference<>();
    private volatile boolean hasEnded;

    private record Piece(long bytes, Runnable taken) {}

    /** Who is told. Both are called from any thread. */
    interface Node {
        void send(Frame.OfHost frame);

        /** Nothing more is told of this call, and nothing more expected. */
        void over(long call);
    }

    /** @param call number the node gave it */
    ForwardedRun(long call, OutputBudget budget, Node node) {
        this.call = call;
        this.budget = budget;
        this.node = node;
    }

    @Override
    public void started(Started started) {
        node.send(new Frame.Started(call, started));
    }

    @Override
    public void notStarted(Problem problem) {
        node.send(new Frame.NotStarted(call, problem));
        end();
    }

    @Override
    public MemorySegment buffer() {
        var fresh = LibC.allocate(budget.pieceBytes());
        free(memory.getAndSet(fresh));
        return fresh;
    }

    @Override
    public void output(LogStream stream, MemorySegment bytes, Runnable taken) {
        budget.add(bytes.byteSize());
        piece.set(new Piece(bytes.byteSize(), taken));
        node.send(new Frame.Output(call, stream, bytes));
    }

    @Override
    public void ended(Ended ended) {
        node.send(new Frame.Ended(call, ended));
        end();
    }

    /** The node may yet have to say that it has taken the last piece. */
    private void end() {
        hasEnded = true;
        if (piece.get() == null) {
            node.over(call);
        }
    }

    /**
     * The node has taken the piece it was given last.
     *
     * @return false if it was given none
     */
    boolean taken() {
        var last = giveBack();
        if (last == null) {
            return false;
        }
        if (hasEnded) {
            node.over(call);
        }
        last.taken.run();
        return true;
    }

    /** Gives the memory back. Neither the host nor the connection uses it any more. */
    void release() {
        giveBack();
    }

    private @Nullable Piece giveBack() {
        var last = piece.getAndSet(null);
        free(memory.getAndSet(null));
        if (last != null) {
            budget.remove(last.bytes);
        }
        return last;
    }

    private static void free(@Nullable MemorySegment unused) {
        if (unused != null) {
            LibC.free(unused);
        }
    }
}
