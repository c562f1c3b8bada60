package io.millrace.host.protocol;

import io.millrace.host.HostLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Frames on their way out. Any thread adds, one writes. It has no bound of its own: pieces of output are bounded by their
 * credits, and starts by the answers they wait for.
 */
final class FrameOutput {
    private static final int STAGE_BYTES = 64 * 1024;

    private final Queue<Waiting> queue = new ConcurrentLinkedQueue<>();
    private final ByteBuffer stage = ByteBuffer.allocateDirect(STAGE_BYTES);
    private @Nullable Waiting next;

    /** The bytes of a piece of output follow their header. */
    private record Waiting(ByteBuffer header, ByteBuffer content) {
        private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

        static Waiting of(Frame frame) {
            return switch (frame) {
                case Frame.Output output ->
                    new Waiting(HostFrames.encode(output), output.bytes().asByteBuffer());
                case Frame.OfHost ofHost -> new Waiting(HostFrames.encode(ofHost), NOTHING.duplicate());
                case Frame.OfNode ofNode -> new Waiting(NodeFrames.encode(ofNode), NOTHING.duplicate());
            };
        }

        int remaining() {
            return header.remaining() + content.remaining();
        }
    }

    /** @throws IllegalArgumentException if the frame is longer than a frame may be */
    void add(Frame frame) {
        var waiting = Waiting.of(frame);
        if (waiting.remaining() - Integer.BYTES > HostLimits.FRAME_BYTES_MAX) {
            throw new IllegalArgumentException("A frame of " + waiting.remaining() + " bytes, where "
                    + HostLimits.FRAME_BYTES_MAX + " are the limit");
        }
        queue.add(waiting);
    }

    /**
     * Writes what the channel takes.
     *
     * @return true if nothing is left
     */
    boolean write(WritableByteChannel channel) throws IOException {
        while (true) {
            fillStage();
            if (stage.position() == 0) {
                return true;
            }
            stage.flip();
            int count = channel.write(stage);
            stage.compact();
            if (count == 0) {
                return false;
            }
        }
    }

    private void fillStage() {
        if (next == null) {
            next = queue.poll();
        }
        while (next != null && stage.hasRemaining()) {
            move(next.header);
            move(next.content);
            if (next.remaining() == 0) {
                next = queue.poll();
            }
        }
    }

    private void move(ByteBuffer from) {
        int count = Math.min(from.remaining(), stage.remaining());
        stage.put(from.slice(from.position(), count));
        from.position(from.position() + count);
    }
}
