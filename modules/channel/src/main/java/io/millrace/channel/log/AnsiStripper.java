package io.millrace.channel.log;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Takes what controls a terminal out of a stream of bytes: escape sequences of ECMA-48 (colours, cursor movements), texts
 * for the terminal itself (titles, links), and control characters but tab and line feed. The stream comes in pieces that
 * may end anywhere.
 *
 * <p>A sequence begins with an escape character and says by its second byte how it ends. Its bytes are held until then.
 * What does not end within {@link Limits#LOG_CONTROL_SEQUENCE_BYTES_MAX}, before the next line feed or before the stream
 * ends is no sequence: only its first two bytes are taken out, so that broken or hostile output hides no text. Each byte is
 * looked at twice at most. Bytes from 128 up are text whatever they are, since in UTF-8 they are parts of characters.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class AnsiStripper {
    private static final int BELL = 0x07;
    private static final int ESCAPE = 0x1b;
    private static final int DELETE = 0x7f;

    private final byte[] held = new byte[Limits.LOG_CONTROL_SEQUENCE_BYTES_MAX];
    private int heldLength;
    private State state = State.TEXT;
    private byte[] kept = {};
    private int keptLength;

    private enum State {
        TEXT,
        /** An escape character came. */
        ESCAPED,
        /** One or more intermediate bytes came behind it: a final byte ends the sequence. */
        INTERMEDIATE,
        /** A control sequence: parameters, then a final byte. */
        CONTROL,
        /** A text for the terminal: ends with a bell, or with an escape character and a backslash. */
        STRING,
        /** An escape character came in such a text. */
        STRING_ESCAPED
    }

    /**
     * The bytes that are text.
     *
     * @return valid until the next call: these bytes where nothing had to be taken out, else a copy
     */
    MemorySegment strip(MemorySegment bytes) {
        int length = Math.toIntExact(bytes.byteSize());
        if (state == State.TEXT && isText(bytes, length)) {
            return bytes;
        }
        makeRoom(length + heldLength);
        for (int i = 0; i < length; i++) {
            take(bytes.get(JAVA_BYTE, i));
        }
        return taken();
    }

    /** The stream has ended: what is text of a sequence that did not end. Valid until the next call. */
    MemorySegment finish() {
        makeRoom(heldLength);
        giveUp();
        return taken();
    }

    private static boolean isText(MemorySegment bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (isControl(bytes.get(JAVA_BYTE, i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isControl(byte value) {
        return (value >= 0 && value < ' ' && value != '\t' && value != '\n') || value == DELETE;
    }

    private void take(byte value) {
        switch (state) {
            case TEXT -> takeText(value);
            case ESCAPED -> takeSecond(value);
            case INTERMEDIATE -> takeUntilFinal(value, '0', value >= ' ' && value < '0');
            case CONTROL -> takeUntilFinal(value, '@', value >= ' ' && value < '@');
            case STRING -> takeString(value);
            case STRING_ESCAPED -> takeStringEnd(value);
        }
    }

    private void takeText(byte value) {
        if (value == ESCAPE) {
            state = State.ESCAPED;
        } else if (!isControl(value)) {
            kept[keptLength++] = value;
        }
    }

    private void takeSecond(byte value) {
        switch (value) {
            case '[' -> state = State.CONTROL;
            case ']', 'P', 'X', '^', '_' -> state = State.STRING;
            default -> {
                if (value >= ' ' && value < '0') {
                    state = State.INTERMEDIATE;
                } else if (value >= '0' && value < DELETE) {
                    state = State.TEXT;
                } else {
                    state = State.TEXT;
                    takeText(value);
                }
            }
        }
    }

    private void takeUntilFinal(byte value, int lowestFinal, boolean belongs) {
        if (belongs) {
            hold(value);
        } else if (value >= lowestFinal && value < DELETE) {
            drop();
        } else {
            giveUp();
            take(value);
        }
    }

    private void takeString(byte value) {
        switch (value) {
            case BELL -> drop();
            case ESCAPE -> state = State.STRING_ESCAPED;
            case '\n' -> {
                giveUp();
                take(value);
            }
            default -> hold(value);
        }
    }

    private void takeStringEnd(byte value) {
        if (value == '\\') {
            drop();
        } else {
            giveUp();
            state = State.ESCAPED;
            take(value);
        }
    }

    private void hold(byte value) {
        held[heldLength++] = value;
        if (heldLength == held.length) {
            giveUp();
        }
    }

    private void drop() {
        heldLength = 0;
        state = State.TEXT;
    }

    /** What was held is text after all. It holds no escape character, so this begins no other sequence. */
    private void giveUp() {
        for (int i = 0; i < heldLength; i++) {
            if (!isControl(held[i])) {
                kept[keptLength++] = held[i];
            }
        }
        drop();
    }

    private void makeRoom(int bytes) {
        keptLength = 0;
        if (bytes > kept.length) {
            kept = Arrays.copyOf(kept, Math.max(bytes, Math.min(2 * kept.length, Limits.LOG_BLOCK_BYTES_MAX)));
        }
    }

    private MemorySegment taken() {
        return MemorySegment.ofArray(kept).asSlice(0, keptLength);
    }
}
