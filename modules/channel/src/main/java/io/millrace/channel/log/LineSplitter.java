package io.millrace.channel.log;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Finds the lines in the bytes of one stream. A line ends at a line feed, and a carriage return before it is not part
 * of it. A line longer than {@link Limits#LOG_LINE_BYTES_MAX} comes as several partial ones, cut between characters
 * where the bytes are UTF-8.
 *
 * <p>A line that lies whole in the bytes is handed on where it lies. Only the unfinished one is copied, into an array
 * that serves the next one too.
 */
final class LineSplitter {
    private static final ValueLayout.OfLong EIGHT_BYTES = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long LOWEST_BITS = 0x0101010101010101L;
    private static final long HIGHEST_BITS = 0x8080808080808080L;
    private static final long LINE_FEEDS = '\n' * LOWEST_BITS;

    private final LogStream stream;
    private byte[] unfinished = {};
    private MemorySegment unfinishedMemory = MemorySegment.ofArray(unfinished);
    private int unfinishedLength;
    private long unfinishedMillis;

    LineSplitter(LogStream stream) {
        this.stream = stream;
    }

    /** Takes the lines. The bytes are valid only during the call. */
    @FunctionalInterface
    interface Sink {
        void line(long millis, LogStream stream, boolean isPartial, MemorySegment bytes, long from, int length);
    }

    /** Hands on the lines that end in the bytes and keeps a copy of what follows the last. */
    void split(MemorySegment bytes, long millis, Sink sink) {
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

    /** The stream has ended: what is unfinished becomes a partial line. */
    void finish(Sink sink) {
        if (unfinishedLength > 0) {
            sink.line(unfinishedMillis, stream, true, unfinishedMemory, 0, unfinishedLength);
        }
        hold(new byte[0]);
        unfinishedLength = 0;
    }

    private void endLine(MemorySegment bytes, int from, int length, long millis, Sink sink) {
        if (unfinishedLength > 0 || length > Limits.LOG_LINE_BYTES_MAX) {
            keep(bytes, from, length, millis, sink);
            int kept = withoutReturn(unfinishedMemory, 0, unfinishedLength);
            sink.line(millis, stream, false, unfinishedMemory, 0, kept);
            unfinishedLength = 0;
        } else {
            sink.line(millis, stream, false, bytes, from, withoutReturn(bytes, from, length));
        }
    }

    private void keep(MemorySegment bytes, int from, int length, long millis, Sink sink) {
        int position = from;
        int left = length;
        while (left > 0) {
            if (unfinishedLength == Limits.LOG_LINE_BYTES_MAX) {
                cut(millis, sink);
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

    private void cut(long millis, Sink sink) {
        int piece = unfinishedLength - bytesOfCutCharacter();
        sink.line(millis, stream, true, unfinishedMemory, 0, piece);
        System.arraycopy(unfinished, piece, unfinished, 0, unfinishedLength - piece);
        unfinishedLength -= piece;
    }

    /** Bytes at the end that begin a character of UTF-8 whose rest has not come, 0 if there is none. */
    private int bytesOfCutCharacter() {
        for (int back = 1; back <= 3; back++) {
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
