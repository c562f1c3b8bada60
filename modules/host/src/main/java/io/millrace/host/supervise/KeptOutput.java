package io.millrace.host.supervise;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.HostLimits;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that output of one run is kept in until somebody takes it: pieces in the order in which they were read, each
 * with its stream and its length before it. The file is open only while it is used, so that thousands of them take no
 * descriptors. What happens to it happens on the thread of the files, in the order of the calls.
 */
final class KeptOutput {
    private static final Logger LOG = LoggerFactory.getLogger(KeptOutput.class);
    private static final int HEAD_BYTES = Byte.BYTES + Integer.BYTES;

    private final Path file;
    private final KeptOutputs all;
    private final Executor files;
    /** Changed by the thread of the files only, as is the next one. */
    private final AtomicLong writtenBytes = new AtomicLong();

    private final AtomicLong droppedBytes = new AtomicLong();
    private long readBytes;

    KeptOutput(Path file, KeptOutputs all, Executor files) {
        this.file = file;
        this.all = all;
        this.files = files;
    }

    /** True if what comes next is dropped. */
    boolean isFull() {
        return writtenBytes.get() >= HostLimits.OUTPUT_KEPT_BYTES_MAX || all.isFull();
    }

    /** Bytes of output that were not kept, because there was no room or the disk did not take them. */
    long droppedBytes() {
        return droppedBytes.get();
    }

    /**
     * Reads once from a pipe that has something and appends it. The pipe must not be closed until then.
     *
     * @param then hears on the thread of the files how many bytes were read, 0 or less at the end of the pipe
     */
    void append(OutputPipe pipe, IntConsumer then) {
        files.execute(() -> {
            MemorySegment memory = all.scratch();
            int count = pipe.read(memory);
            if (count > 0) {
                append(pipe.stream(), memory.asSlice(0, count));
            }
            then.accept(count);
        });
    }

    private void append(LogStream stream, MemorySegment bytes) {
        if (isFull()) {
            droppedBytes.addAndGet(bytes.byteSize());
            return;
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            var head = ByteBuffer.allocate(HEAD_BYTES).put((byte) stream.ordinal());
            write(channel, head.putInt((int) bytes.byteSize()).flip(), writtenBytes.get());
            write(channel, bytes.asByteBuffer(), writtenBytes.get() + HEAD_BYTES);
            grow(HEAD_BYTES + bytes.byteSize());
        } catch (IOException e) {
            // The next piece is written over what there is of this one.
            if (droppedBytes.get() == 0) {
                LOG.warn("Output cannot be kept in {}; it is dropped and counted", file, e);
            }
            droppedBytes.addAndGet(bytes.byteSize());
        }
    }

    private void grow(long bytes) {
        writtenBytes.addAndGet(bytes);
        all.add(bytes);
    }

    private static void write(FileChannel channel, ByteBuffer bytes, long from) throws IOException {
        long position = from;
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
    }

    /** Fetches the piece behind the one that was fetched last; absent if there is none. */
    void next(Consumer<@Nullable OutputPiece> then) {
        files.execute(() -> then.accept(next()));
    }

    private @Nullable OutputPiece next() {
        if (readBytes >= writtenBytes.get()) {
            return null;
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var head = read(channel, readBytes, HEAD_BYTES);
            var stream = LogStream.values()[head.get()];
            int count = head.getInt();
            var bytes = read(channel, readBytes + HEAD_BYTES, count).array();
            readBytes += HEAD_BYTES + count;
            return new OutputPiece(stream, bytes);
        } catch (IOException e) {
            LOG.error("Output that was kept in {} cannot be read; it is dropped and counted", file, e);
            droppedBytes.addAndGet(writtenBytes.get() - readBytes);
            readBytes = writtenBytes.get();
            return null;
        }
    }

    private static ByteBuffer read(FileChannel channel, long from, int count) throws IOException {
        var bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, from + bytes.position()) < 0) {
                throw new EOFException("The file ends at " + channel.size() + " bytes");
            }
        }
        return bytes.flip();
    }

    /** Nothing of it is needed any more. It begins anew with the next piece. */
    void delete() {
        files.execute(() -> {
            all.add(-writtenBytes.getAndSet(0));
            readBytes = 0;
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("Output that was delivered stays in {} until the host starts again", file, e);
            }
        });
    }
}
