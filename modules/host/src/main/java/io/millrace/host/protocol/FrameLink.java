package io.millrace.host.protocol;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * One end of a connection. It belongs to the thread that made it, which reads and writes when its selector says so; only
 * {@link #send} is for every thread.
 *
 * @param <I> frames that come in
 * @param <O> frames that go out
 */
public final class FrameLink<I extends Frame, O extends Frame> implements AutoCloseable {
    private final Thread owner = Thread.currentThread();
    private final SocketChannel channel;
    private final SelectionKey key;
    private final FrameInput<I> input;
    private final FrameOutput output = new FrameOutput();
    private volatile boolean isClosed;

    private FrameLink(SocketChannel channel, Selector selector, FrameInput<I> input) throws IOException {
        this.channel = channel;
        this.input = input;
        channel.configureBlocking(false);
        this.key = channel.register(selector, SelectionKey.OP_READ, this);
    }

    /** The node's end. */
    public static FrameLink<Frame.OfHost, Frame.OfNode> toHost(
            SocketChannel channel, Selector selector, FrameInput.OutputTarget target) throws IOException {
        return new FrameLink<>(channel, selector, FrameInput.ofHost(channel, target));
    }

    /** The companion's end. Only short frames are accepted until {@link #trust}. */
    public static FrameLink<Frame.OfNode, Frame.OfHost> toNode(SocketChannel channel, Selector selector)
            throws IOException {
        return new FrameLink<>(channel, selector, FrameInput.ofNode(channel));
    }

    /** The other end has shown the secret: frames of full length are accepted from here on. */
    public void trust() {
        input.trust();
    }

    /**
     * Puts a frame into the queue, in the order of calls of one thread. Of a closed connection it is dropped.
     *
     * @throws IllegalArgumentException if it is longer than a frame may be; the connection goes on without it
     */
    public void send(O frame) {
        if (isClosed) {
            return;
        }
        output.add(frame);
        if (!owner.equals(Thread.currentThread())) {
            key.selector().wakeup();
        }
    }

    /**
     * Reads what is there.
     *
     * @return false if the other end has closed the connection
     */
    public boolean read(FrameInput.Receiver<I> frames) throws IOException {
        return input.read(frames);
    }

    /** Writes what the connection takes. The rest goes when the selector finds that there is room again. */
    public void write() throws IOException {
        boolean isAllWritten = output.write(channel);
        int interest = isAllWritten ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE;
        if (key.interestOps() != interest) {
            key.interestOps(interest);
        }
    }

    @Override
    public void close() throws IOException {
        isClosed = true;
        channel.close();
    }
}
