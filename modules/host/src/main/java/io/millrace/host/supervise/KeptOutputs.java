package io.millrace.host.supervise;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.system.LibC;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Files {@code <directory>/<run>} with output that no listener takes at the moment. They are read and written by one
 * thread, which may wait for a disk as long as it must: leases are looked after by another.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class KeptOutputs {
    private final Path directory;
    private final Executor files;
    private final AtomicLong keptBytes = new AtomicLong();
    /** Used by the thread of the files, from the first piece on. */
    private MemorySegment scratch = MemorySegment.NULL;

    /**
     * Removes what an earlier life of the host kept: with it the commands have ended whose output this was.
     *
     * @param files runs one task at a time
     */
    KeptOutputs(Path directory, Executor files) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.files = files;
        try (DirectoryStream<Path> earlier = Files.newDirectoryStream(directory)) {
            for (Path file : earlier) {
                Files.deleteIfExists(file);
            }
        }
    }

    KeptOutput create(RunKey run) {
        return new KeptOutput(directory.resolve(run.toString()), this, files);
    }

    /** Memory for one piece, on its way from a pipe to a file. */
    MemorySegment scratch() {
        if (scratch.equals(MemorySegment.NULL)) {
            scratch = LibC.allocate(HostLimits.OUTPUT_PIECE_BYTES_MAX);
        }
        return scratch;
    }

    /** True if no run may keep more. */
    boolean isFull() {
        return keptBytes.get() >= HostLimits.OUTPUT_KEPT_TOTAL_BYTES_MAX;
    }

    void add(long bytes) {
        keptBytes.addAndGet(bytes);
    }
}
