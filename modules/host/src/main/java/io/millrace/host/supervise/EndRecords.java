package io.millrace.host.supervise;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.RunKey;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files {@code <directory>/<run>} that say how runs ended whose end the node has not stored, for the case that the host
 * dies before it has.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class EndRecords {
    private static final Logger LOG = LoggerFactory.getLogger(EndRecords.class);

    private final Path directory;
    private final Executor files;
    private final AtomicBoolean isFailing = new AtomicBoolean();

    /** @param files runs one task at a time */
    EndRecords(Path directory, Executor files) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.files = files;
    }

    /** What an earlier life of the host wrote, oldest first. Blocks. */
    List<EndRecord> readAll() throws IOException {
        var records = new ArrayList<EndRecord>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path file : all) {
                read(file, records);
            }
        }
        records.sort((one, other) ->
                Long.compare(one.ended().endedAtMillis(), other.ended().endedAtMillis()));
        return records;
    }

    private static void read(Path file, List<EndRecord> into) throws IOException {
        if (file.toString().endsWith(DurableFile.UNFINISHED)) {
            Files.delete(file);
            return;
        }
        try {
            into.add(EndRecord.parse(Files.readString(file)));
        } catch (IllegalArgumentException e) {
            LOG.warn("{} does not say how a run ended; it is left alone", file, e);
        }
    }

    /** @param whenFailed run on another thread if it could not be written */
    void write(EndRecord end, Runnable whenFailed) {
        files.execute(() -> {
            try {
                DurableFile.write(file(end.key()), end.text());
                isFailing.set(false);
            } catch (IOException e) {
                if (!isFailing.getAndSet(true)) {
                    LOG.warn("The end of run {} cannot be written down; it is tried again every second", end.key(), e);
                }
                whenFailed.run();
            }
        });
    }

    void remove(RunKey key) {
        files.execute(() -> {
            try {
                Files.deleteIfExists(file(key));
            } catch (IOException e) {
                LOG.warn("The record of how run {} ended cannot be removed", key, e);
            }
        });
    }

    private Path file(RunKey key) {
        return directory.resolve(key.toString());
    }
}
