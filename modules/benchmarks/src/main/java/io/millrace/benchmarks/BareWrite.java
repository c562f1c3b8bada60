package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The least that an answer which is on disk can cost on a machine: a page is written into a file that has its size
 * already, as a database writes its log, and is synchronized.
 */
final class BareWrite implements AutoCloseable {
    private static final int PAGE = 8 << 10;
    private static final int PAGES = 2_048;

    private final Path path;
    private final FileChannel file;

    private BareWrite(Path path, FileChannel file) {
        this.path = path;
        this.file = file;
    }

    /** Creates the file in {@code directory}; closing removes it. */
    static BareWrite in(Path directory) throws IOException {
        Path path = Files.createTempFile(directory, "bare-write", ".tmp");
        FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE);
        BareWrite bare = new BareWrite(path, file);
        for (int page = 0; page < PAGES; page++) {
            file.write(ByteBuffer.allocate(PAGE), (long) page * PAGE);
        }
        file.force(true);
        return bare;
    }

    /** Writes the n-th page and returns when it is on disk. */
    BareWrite page(int n) throws IOException {
        file.write(ByteBuffer.allocate(PAGE), (long) (n % PAGES) * PAGE);
        file.force(false);
        return this;
    }

    @Override
    public void close() throws IOException {
        file.close();
        Files.delete(path);
    }
}
