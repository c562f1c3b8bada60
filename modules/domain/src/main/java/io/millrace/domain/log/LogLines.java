package io.millrace.domain.log;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogStream;
import io.millrace.contracts.process.ProcessName;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of the lines of a {@link LogBlock}.
 *
 * <p>First a byte with the version of the form: 1, or 2 if a process wrote the lines, whose name follows as a number of
 * bytes and the bytes. So lines are shown with the name for as long as they are kept. Then for each line: a byte of flags (bits 0 and 1 say where the line
 * came from, bit 2 that no line end followed), the milliseconds since the first line of the block, the number of bytes,
 * and the bytes as the process wrote them. Numbers are little-endian groups of seven bits, the eighth says that more
 * follow. A line is two or three bytes longer than its text, and a block can be read without any other.
 */
public final class LogLines {
    private static final byte VERSION = 1;
    private static final byte VERSION_OF_PROCESS = 2;
    private static final int STREAM_BITS = 0b011;
    private static final int PARTIAL_BIT = 0b100;
    private static final int LINE_OVERHEAD_BYTES_MAX = 1 + 10 + 5;

    private LogLines() {}

    /**
     * The lines of a block, in order.
     *
     * @throws IllegalArgumentException if the bytes are not in the stored form
     */
    public static List<LogLine> decode(LogBlock block) {
        var lines = new ArrayList<LogLine>(block.lineCount());
        var decoder = new Decoder(block);
        while (decoder.next()) {
            lines.add(decoder.line());
        }
        return lines;
    }

    /** The lines of a block that {@link Encoder} made, as output of a process. */
    public static byte[] ofProcess(ProcessName process, byte[] lines) {
        byte[] name = process.value().getBytes(StandardCharsets.UTF_8);
        byte[] named = new byte[name.length + lines.length + 1];
        named[0] = VERSION_OF_PROCESS;
        named[1] = (byte) name.length;
        System.arraycopy(name, 0, named, 2, name.length);
        System.arraycopy(lines, 1, named, name.length + 2, lines.length - 1);
        return named;
    }

    /** Puts lines into the stored form, block after block. */
    public static final class Encoder {
        private byte[] bytes;
        private int length;
        private int lineCount;
        private long contentBytes;
        private long firstMillis;
        private long lastMillis;

        /** @param capacity bytes to make room for at first; it grows as needed */
        public Encoder(int capacity) {
            this.bytes = new byte[capacity];
        }

        /** As {@link #add(long, LogStream, boolean, MemorySegment, long, int)}, from an array. */
        public void add(long millis, LogStream stream, boolean isPartial, byte[] content, int from, int count) {
            add(millis, stream, isPartial, MemorySegment.ofArray(content), from, count);
        }

        /**
         * Adds a line.
         *
         * @param millis when it was read. A time before that of the line before counts as the same time
         * @param content holds the line's bytes, without its end, at {@code from}. Copied
         */
        public void add(long millis, LogStream stream, boolean isPartial, MemorySegment content, long from, int count) {
            if (lineCount == 0) {
                startBlock(millis);
            }
            makeRoom(count + LINE_OVERHEAD_BYTES_MAX);
            lastMillis = Math.max(lastMillis, millis);
            bytes[length++] = (byte) (code(stream) | (isPartial ? PARTIAL_BIT : 0));
            putNumber(lastMillis - firstMillis);
            putNumber(count);
            MemorySegment.copy(content, JAVA_BYTE, from, bytes, length, count);
            length += count;
            contentBytes += count;
            lineCount++;
        }

        public boolean isEmpty() {
            return lineCount == 0;
        }

        public int lineCount() {
            return lineCount;
        }

        /** Bytes of the block so far. */
        public int length() {
            return length;
        }

        /** Bytes of memory that are held, whatever is in them. */
        public int capacity() {
            return bytes.length;
        }

        /** Bytes of the lines themselves. */
        public long contentBytes() {
            return contentBytes;
        }

        public long firstMillis() {
            return firstMillis;
        }

        public long lastMillis() {
            return lastMillis;
        }

        /** The block so far; the next line starts a new one. */
        public byte[] finish() {
            byte[] finished = Arrays.copyOf(bytes, length);
            clear();
            return finished;
        }

        /** Drops the block so far; the next line starts a new one in the same memory. */
        public void clear() {
            length = 0;
            lineCount = 0;
            contentBytes = 0;
        }

        private void startBlock(long millis) {
            makeRoom(1);
            bytes[length++] = VERSION;
            firstMillis = millis;
            lastMillis = millis;
        }

        private void putNumber(long number) {
            long rest = number;
            while (rest > 0x7f) {
                bytes[length++] = (byte) (rest | 0x80);
                rest >>>= 7;
            }
            bytes[length++] = (byte) rest;
        }

        private void makeRoom(int more) {
            if (length + more > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
            }
        }
    }

    /** Reads the lines of a block one after the other. */
    public static final class Decoder {
        private final LogBlock block;
        private final byte[] bytes;
        private final @Nullable ProcessName process;
        private int position = 1;
        private int index = -1;
        private int flags;
        private long millis;
        private int contentFrom;
        private int contentLength;

        public Decoder(LogBlock block) {
            this.block = block;
            this.bytes = block.lines();
            if (bytes.length == 0 || (bytes[0] != VERSION && bytes[0] != VERSION_OF_PROCESS)) {
                throw damaged("it has an unknown version");
            }
            this.process = bytes[0] == VERSION_OF_PROCESS ? processName() : null;
        }

        /** Goes to the next line; false behind the last. */
        public boolean next() {
            if (position == bytes.length) {
                if (index + 1 != block.lineCount()) {
                    throw damaged("it has " + (index + 1) + " lines instead of " + block.lineCount());
                }
                return false;
            }
            index++;
            flags = bytes[position++];
            millis = block.firstMillis() + number();
            long count = number();
            if (isCutOff(count)) {
                throw damaged("line " + index + " is cut off");
            }
            contentFrom = position;
            contentLength = (int) count;
            position += contentLength;
            return true;
        }

        public long cursor() {
            return block.firstCursor() + index;
        }

        public long millis() {
            return millis;
        }

        public LogStream stream() {
            return switch (flags & STREAM_BITS) {
                case 0 -> LogStream.STDOUT;
                case 1 -> LogStream.STDERR;
                default -> LogStream.SYSTEM;
            };
        }

        public boolean isPartial() {
            return (flags & PARTIAL_BIT) != 0;
        }

        /** The text; bytes that are not UTF-8 are replaced. */
        public String content() {
            return new String(bytes, contentFrom, contentLength, StandardCharsets.UTF_8);
        }

        public LogLine line() {
            return new LogLine(
                    cursor(),
                    block.job(),
                    block.attempt(),
                    process,
                    Instant.ofEpochMilli(millis),
                    stream(),
                    isPartial(),
                    content());
        }

        private ProcessName processName() {
            long length = number();
            if (isCutOff(length)) {
                throw damaged("the name of its process is cut off");
            }
            String name = new String(bytes, position, (int) length, StandardCharsets.UTF_8);
            position += (int) length;
            return new ProcessName(name);
        }

        private boolean isCutOff(long count) {
            return count < 0 || count > bytes.length - position;
        }

        private long number() {
            long number = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (position == bytes.length) {
                    throw damaged("it ends within line " + index);
                }
                byte next = bytes[position++];
                number |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return number;
                }
            }
            throw damaged("line " + index + " has an endless number");
        }

        private IllegalArgumentException damaged(String what) {
            return new IllegalArgumentException(
                    "The stored log block at cursor " + block.firstCursor() + " is damaged: " + what + ".");
        }
    }

    private static int code(LogStream stream) {
        return switch (stream) {
            case STDOUT -> 0;
            case STDERR -> 1;
            case SYSTEM -> 2;
        };
    }
}
