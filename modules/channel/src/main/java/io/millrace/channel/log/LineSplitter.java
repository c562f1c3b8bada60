package io.millrace.channel.log;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the lines in the bytes of one stream. A line ends at a line feed, and a carriage return before it is not part
 * of it. A line longer than {@link Limits#LOG_LINE_BYTES_MAX} comes as several partial ones, cut between characters
 * where the bytes are UTF-8. So does a line whose end is long in coming, if its reader asks for it.
 *
 * <p>A line that lies whole in the bytes is handed on where it lies. Only the unfinished one is copied, into an array
 * that serves the next one too.
 */
final class LineSplitter {
    private static final ValueLayout.OfLong EIGHT_BYTES = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long LOWEST_BITS = 0x0101010101010101L;
    private static final long HIGHEST_BITS = 0x8080808080808080L;
    private static final long LINE_FEEDS = '\n' * LOWEST_BITS;
    private static final long NOTHING_SEEN = -1;

    private final LogStream stream;
    private final @Nullable AnsiStripper stripper;
    private byte[] unfinished = {};
    private MemorySegment unfinishedMemory = MemorySegment.ofArray(unfinished);
    private int unfinishedLength;
    private long unfinishedMillis;
    private long partsHandedOn;
    private long partsAtLastLook = NOTHING_SEEN;

    LineSplitter(LogStream stream, ControlSequences sequences) {
        this.stream = stream;
        this.stripper = sequences == ControlSequences.STRIPPED ? new AnsiStripper() : null;
    }

    /** Hands on the lines that end in the bytes and keeps a copy of what follows the last. */
    void split(MemorySegment bytes, long millis, LineSink sink) {
        splitText(stripper == null ? bytes : stripper.strip(bytes), millis, sink);
    }

    private void splitText(MemorySegment bytes, long millis, LineSink sink) {
        int length = Math.toIntExact(bytes.byteSize());
        int from = 0;
        for (int end = lineFeed(bytes, 0, length); end < length; end = lineFeed(bytes, from, length)) {
            endLine(bytes, from, end - from, millis, sink);
            from = end + 1;
        }
        keep(bytes, from, length - from, millis, sink);
    }

    /** Where the next line feed is, {@code length} if there is none. Looks at eight bytes at a time. */
    private static int lineFeed(MemorySegment bytes, int from, int length) {
        int position = from;
        for (; position <= length - Long.BYTES; position += Long.BYTES) {
            long differences = bytes.get(EIGHT_BYTES, position) ^ LINE_FEEDS;
            // The lowest bit that is set belongs to the first byte that is zero; higher ones may be wrong.
            long zeros = (differences - LOWEST_BITS) & ~differences & HIGHEST_BITS;
            if (zeros != 0) {
                return position + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
            }
        }
        while (position < length && bytes.get(JAVA_BYTE, position) != '\n') {
            position++;
        }
        return position;
    }

    boolean hasUnfinished() {
        return unfinishedLength > 0;
    }

    /**
     * Looks at the unfinished line. One that was there at the last look already is handed on as a partial one, and what comes
     * next continues it. A character whose rest has not come, and a carriage return that may belong to the line's end, are
     * kept for then.
     *
     * @return true if there is one that has to be looked at again, though nothing more may come
     */
    boolean lookAtUnfinished(LineSink sink) {
        boolean isNew = partsHandedOn != partsAtLastLook;
        partsAtLastLook = hasUnfinished() ? partsHandedOn : NOTHING_SEEN;
        if (hasUnfinished() && !isNew) {
            handOn(lengthWithoutHalves(), sink);
        }
        return hasUnfinished() && isNew;
    }

    private int lengthWithoutHalves() {
        int cut = bytesOfCutCharacter();
        return cut > 0 ? unfinishedLength - cut : withoutReturn(unfinishedMemory, 0, unfinishedLength);
    }

    /** The stream has ended: what is unfinished becomes a partial line. */
    void finish(LineSink sink) {
        if (stripper != null) {
            splitText(stripper.finish(), unfinishedMillis, sink);
        }
        if (unfinishedLength > 0) {
            sink.line(unfinishedMillis, stream, true, unfinishedMemory, 0, unfinishedLength);
        }
        hold(new byte[0]);
        unfinishedLength = 0;
    }

    private void endLine(MemorySegment bytes, int from, int length, long millis, LineSink sink) {
        partsHandedOn++;
        if (unfinishedLength > 0 || length > Limits.LOG_LINE_BYTES_MAX) {
            keep(bytes, from, length, millis, sink);
            int kept = withoutReturn(unfinishedMemory, 0, unfinishedLength);
            sink.line(millis, stream, false, unfinishedMemory, 0, kept);
            unfinishedLength = 0;
        } else {
            sink.line(millis, stream, false, bytes, from, withoutReturn(bytes, from, length));
        }
    }

    private void keep(MemorySegment bytes, int from, int length, long millis, LineSink sink) {
        int position = from;
        int left = length;
        while (left > 0) {
            if (unfinishedLength == Limits.LOG_LINE_BYTES_MAX) {
                unfinishedMillis = millis;
                handOn(unfinishedLength - bytesOfCutCharacter(), sink);
            }
            int taken = Math.min(left, Limits.LOG_LINE_BYTES_MAX - unfinishedLength);
            makeRoom(taken);
            MemorySegment.copy(bytes, JAVA_BYTE, position, unfinished, unfinishedLength, taken);
            unfinishedLength += taken;
            position += taken;
            left -= taken;
        }
        unfinishedMillis = millis;
    }

    private void handOn(int length, LineSink sink) {
        if (length == 0) {
            return;
        }
        partsHandedOn++;
        sink.line(unfinishedMillis, stream, true, unfinishedMemory, 0, length);
        System.arraycopy(unfinished, length, unfinished, 0, unfinishedLength - length);
        unfinishedLength -= length;
    }

    /** Bytes at the end that begin a character of UTF-8 whose rest has not come, 0 if there is none. */
    private int bytesOfCutCharacter() {
        for (int back = 1; back <= Math.min(3, unfinishedLength); back++) {
            int b = unfinished[unfinishedLength - back] & 0xff;
            if (b < 0x80) {
                return 0;
            }
            if (b >= 0xc0) {
                int expected = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
                return back < expected ? back : 0;
            }
        }
        return 0;
    }

    private void makeRoom(int more) {
        if (unfinishedLength + more > unfinished.length) {
            int doubled = Math.min(unfinished.length * 2, Limits.LOG_LINE_BYTES_MAX);
            hold(Arrays.copyOf(unfinished, Math.max(unfinishedLength + more, doubled)));
        }
    }

    private void hold(byte[] array) {
        unfinished = array;
        unfinishedMemory = MemorySegment.ofArray(array);
    }

    private static int withoutReturn(MemorySegment bytes, int from, int length) {
        return length > 0 && bytes.get(JAVA_BYTE, from + length - 1L) == '\r' ? length - 1 : length;
    }
}
