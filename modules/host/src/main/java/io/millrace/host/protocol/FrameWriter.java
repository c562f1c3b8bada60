package io.millrace.host.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Puts the values of one frame one behind the other. Big-endian; text is UTF-8 behind its length. */
final class FrameWriter {
    private static final int INITIAL_BYTES = 256;

    private ByteBuffer bytes = ByteBuffer.allocate(INITIAL_BYTES);

    /** How one element of a collection is written. */
    @FunctionalInterface
    interface Element<T> {
        void write(T element);
    }

    /** Begins a frame; its length is filled in at the end. */
    FrameWriter(FrameType type) {
        bytes.putInt(0).put(type.number());
    }

    FrameWriter flag(boolean value) {
        return number8(value ? 1 : 0);
    }

    FrameWriter number8(int value) {
        room(Byte.BYTES).put((byte) value);
        return this;
    }

    FrameWriter number32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    FrameWriter number64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    FrameWriter bytes(byte[] value) {
        number32(value.length);
        room(value.length).put(value);
        return this;
    }

    FrameWriter text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** A value that may be absent is written behind a flag. */
    <T> FrameWriter optional(@Nullable T value, Element<T> element) {
        flag(value != null);
        if (value != null) {
            element.write(value);
        }
        return this;
    }

    <T> FrameWriter all(Collection<T> values, Element<T> element) {
        number32(values.size());
        values.forEach(element::write);
        return this;
    }

    /**
     * The frame, ready to be sent.
     *
     * @param following bytes of the same frame that are sent behind these
     */
    ByteBuffer finish(int following) {
        bytes.putInt(0, bytes.position() - Integer.BYTES + following);
        return bytes.flip();
    }

    private ByteBuffer room(int count) {
        if (bytes.remaining() < count) {
            int capacity = Math.max(bytes.capacity() * 2, bytes.position() + count);
            bytes = ByteBuffer.wrap(Arrays.copyOf(bytes.array(), capacity)).position(bytes.position());
        }
        return bytes;
    }
}
