package io.millrace.host.protocol;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.HostLimits;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what comes in into frames. A frame begins with the length of what follows, in 4 bytes. The bytes of a piece of
 * output are read to where they belong; everything else lies here until it is whole.
 *
 * @param <F> frames of the end that sends
 */
public final class FrameInput<F extends Frame> {
    /** A greeting fits; of an end that has not shown the secret yet no more is kept. */
    public static final int GREETING_BYTES_MAX = 1_024;

    private static final int BUFFER_BYTES = 64 * 1024;

    /** So many reads in a row at most, so that one busy end does not keep its reader from everything else. */
    private static final int READS_MAX = 16;

    private final ReadableByteChannel channel;
    private final Decoder<F> decoder;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private int frameBytesMax;
    private @Nullable Piece<F> piece;

    /** Where the bytes of output go. */
    @FunctionalInterface
    public interface OutputTarget {
        /** Memory for a piece of output of a call, of exactly that many bytes. */
        MemorySegment memory(long call, LogStream stream, int bytes) throws ProtocolException;
    }

    /** Who gets the frames. */
    @FunctionalInterface
    public interface Receiver<F> {
        /**
         * Takes a frame.
         *
         * @throws ProtocolException if such a frame does not belong here; it ends the connection
         */
        void accept(F frame) throws ProtocolException;
    }

    private interface Decoder<F> {
        /** Reads a whole frame. */
        F decode(ByteBuffer frame) throws ProtocolException;

        /** Begins to read a piece of output if these first bytes of a frame are that. */
        @Nullable Piece<F> piece(ByteBuffer header, int frameBytes) throws ProtocolException;
    }

    /** A piece of output that is being read. */
    private record Piece<F>(ByteBuffer memory, F frame) {}

    private FrameInput(ReadableByteChannel channel, int frameBytesMax, Decoder<F> decoder) {
        this.channel = channel;
        this.frameBytesMax = frameBytesMax;
        this.decoder = decoder;
    }

    /** Frames of a node that has to show first that it is one: {@link #trust}. */
    static FrameInput<Frame.OfNode> ofNode(ReadableByteChannel channel) {
        return new FrameInput<>(channel, GREETING_BYTES_MAX, new Decoder<>() {
            @Override
            public Frame.OfNode decode(ByteBuffer frame) throws ProtocolException {
                return NodeFrames.decode(frame);
            }

            @Override
            public @Nullable Piece<Frame.OfNode> piece(ByteBuffer header, int frameBytes) {
                return null;
            }
        });
    }

    /** Frames of a companion. */
    static FrameInput<Frame.OfHost> ofHost(ReadableByteChannel channel, OutputTarget target) {
        return new FrameInput<>(channel, HostLimits.FRAME_BYTES_MAX, new Decoder<>() {
            @Override
            public Frame.OfHost decode(ByteBuffer frame) throws ProtocolException {
                return HostFrames.decode(frame);
            }

            @Override
            public @Nullable Piece<Frame.OfHost> piece(ByteBuffer header, int frameBytes) throws ProtocolException {
                return outputPiece(header, frameBytes, target);
            }
        });
    }

    private static @Nullable Piece<Frame.OfHost> outputPiece(ByteBuffer header, int frameBytes, OutputTarget target)
            throws ProtocolException {
        if (header.get(header.position()) != FrameType.OUTPUT.number()) {
            return null;
        }
        int bytes = frameBytes - HostFrames.OUTPUT_HEADER_BYTES;
        if (bytes > HostLimits.OUTPUT_PIECE_BYTES_MAX) {
            throw new ProtocolException("A piece of output of " + bytes + " bytes");
        }
        var output = HostFrames.outputHeader(header);
        var memory = target.memory(output.call(), output.stream(), bytes);
        return new Piece<>(memory.asByteBuffer(), new Frame.Output(output.call(), output.stream(), memory));
    }

    /** From here on frames of full length are accepted. */
    void trust() {
        frameBytesMax = HostLimits.FRAME_BYTES_MAX;
    }

    /**
     * Reads what is there and hands over each frame that became whole.
     *
     * @return false if the other end has closed the connection
     * @throws ProtocolException for what is no frame
     */
    boolean read(Receiver<F> frames) throws IOException {
        for (int reads = 0; reads < READS_MAX; reads++) {
            int count = readOnce(frames);
            if (count <= 0) {
                return count == 0;
            }
        }
        return true;
    }

    private int readOnce(Receiver<F> frames) throws IOException {
        int count;
        if (piece != null) {
            count = channel.read(piece.memory);
            handOverPiece(frames);
        } else {
            count = channel.read(buffer);
            buffer.flip();
            while (piece == null && takeFrame(frames)) {
                handOverPiece(frames);
            }
            makeRoom();
        }
        return count;
    }

    /** True if there was a whole frame, or the beginning of a piece of output. */
    private boolean takeFrame(Receiver<F> frames) throws ProtocolException {
        if (buffer.remaining() < Integer.BYTES) {
            return false;
        }
        int length = buffer.getInt(buffer.position());
        if (length < 1 || length > frameBytesMax) {
            throw new ProtocolException("A frame of " + length + " bytes, where " + frameBytesMax + " are the limit");
        }
        int there = Math.min(length, buffer.remaining() - Integer.BYTES);
        if (there >= Math.min(length, HostFrames.OUTPUT_HEADER_BYTES) && takePiece(length)) {
            return true;
        }
        if (there < length) {
            return false;
        }
        var frame = decoder.decode(buffer.slice(buffer.position() + Integer.BYTES, length));
        buffer.position(buffer.position() + Integer.BYTES + length);
        frames.accept(frame);
        return true;
    }

    private boolean takePiece(int length) throws ProtocolException {
        int start = buffer.position() + Integer.BYTES;
        int headerBytes = Math.min(length, HostFrames.OUTPUT_HEADER_BYTES);
        var begun = decoder.piece(buffer.slice(start, headerBytes), length);
        if (begun == null) {
            return false;
        }
        buffer.position(start + headerBytes);
        int there = Math.min(buffer.remaining(), begun.memory.remaining());
        begun.memory.put(buffer.slice(buffer.position(), there));
        buffer.position(buffer.position() + there);
        piece = begun;
        return true;
    }

    private void handOverPiece(Receiver<F> frames) throws ProtocolException {
        var read = piece;
        if (read != null && !read.memory.hasRemaining()) {
            piece = null;
            frames.accept(read.frame);
        }
    }

    /** Keeps the beginning of the next frame, in a buffer that is as large as that frame if it has to be. */
    private void makeRoom() {
        int needed = buffer.remaining() < Integer.BYTES
                ? BUFFER_BYTES
                : Math.max(BUFFER_BYTES, Integer.BYTES + lengthAhead());
        if (needed == buffer.capacity()) {
            buffer.compact();
        } else {
            buffer = ByteBuffer.allocateDirect(needed).put(buffer);
        }
    }

    private int lengthAhead() {
        return piece == null ? buffer.getInt(buffer.position()) : 0;
    }
}
