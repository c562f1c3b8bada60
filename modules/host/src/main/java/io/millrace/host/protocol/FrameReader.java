package io.millrace.host.protocol;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes the values of one frame apart. No value makes it read, or reserve memory, beyond the frame. */
final class FrameReader {
    private static final int INITIAL_ELEMENTS = 16;

    private final ByteBuffer bytes;

    /** How one element of a collection is read. */
    @FunctionalInterface
    interface Element<T> {
        T read() throws ProtocolException;
    }

    FrameReader(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    FrameType type() throws ProtocolException {
        return FrameType.of(require(Byte.BYTES).get());
    }

    boolean flag() throws ProtocolException {
        byte value = require(Byte.BYTES).get();
        if (value != 0 && value != 1) {
            throw new ProtocolException("A flag of " + value);
        }
        return value == 1;
    }

    int number8() throws ProtocolException {
        return require(Byte.BYTES).get();
    }

    int number32() throws ProtocolException {
        return require(Integer.BYTES).getInt();
    }

    long number64() throws ProtocolException {
        return require(Long.BYTES).getLong();
    }

    byte[] bytes() throws ProtocolException {
        var value = new byte[length()];
        bytes.get(value);
        return value;
    }

    String text() throws ProtocolException {
        int length = length();
        var encoded = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        try {
            CharBuffer decoded = StandardCharsets.UTF_8.newDecoder().decode(encoded);
            return decoded.toString();
        } catch (CharacterCodingException e) {
            throw new ProtocolException("Text that is not UTF-8");
        }
    }

    <T> @Nullable T optional(Element<T> element) throws ProtocolException {
        return flag() ? element.read() : null;
    }

    /** Every element takes at least one byte, so that their number is bounded by the frame. */
    <T> List<T> all(Element<T> element) throws ProtocolException {
        int count = length();
        var values = new ArrayList<T>(Math.min(count, INITIAL_ELEMENTS));
        for (int i = 0; i < count; i++) {
            values.add(element.read());
        }
        return values;
    }

    /** A constant by its name, which does not depend on the order they are declared in. */
    <T extends Enum<T>> T constant(Class<T> type) throws ProtocolException {
        String name = text();
        for (T constant : type.getEnumConstants()) {
            if (constant.name().equals(name)) {
                return constant;
            }
        }
        throw new ProtocolException("No " + type.getSimpleName() + " is called like that");
    }

    void end() throws ProtocolException {
        if (bytes.hasRemaining()) {
            throw new ProtocolException(bytes.remaining() + " bytes behind the end of a frame");
        }
    }

    private int length() throws ProtocolException {
        int length = number32();
        if (length < 0 || length > bytes.remaining()) {
            throw new ProtocolException("A length of " + length + " where " + bytes.remaining() + " bytes are left");
        }
        return length;
    }

    private ByteBuffer require(int count) throws ProtocolException {
        if (bytes.remaining() < count) {
            throw new ProtocolException("A frame ends too early");
        }
        return bytes;
    }
}
