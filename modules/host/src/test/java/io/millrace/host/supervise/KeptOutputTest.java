package io.millrace.host.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.log.LogStream;
import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.system.LibC;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Output in a file, until somebody takes it. */
class KeptOutputTest {
    @TempDir
    Path directory;

    private EventLoop loop;
    private KeptOutputs outputs;
    private KeptOutput kept;

    @BeforeEach
    void open() throws IOException {
        loop = new EventLoop("test");
        outputs = new KeptOutputs(directory, Runnable::run);
        kept = outputs.create(new RunKey("default", "one", 1, 1));
    }

    @AfterEach
    void close() {
        loop.close();
    }

    @Test
    void piecesComeBackInTheirOrderWithTheirStreams() throws IOException {
        // given
        append(LogStream.STDOUT, "one");
        append(LogStream.STDERR, "two");
        append(LogStream.STDOUT, "three");

        // when
        var read = List.of(next(), next(), next(), next());

        // then
        assertThat(read).containsExactly("STDOUT one", "STDERR two", "STDOUT three", "nothing");
        append(LogStream.STDOUT, "four");
        assertThat(next()).isEqualTo("STDOUT four");
    }

    @Test
    void whatWasDeletedIsGoneAndTheFileBeginsAnew() throws IOException {
        // given
        append(LogStream.STDOUT, "one");

        // when
        kept.delete();
        append(LogStream.STDOUT, "two");

        // then
        assertThat(next()).isEqualTo("STDOUT two");
        kept.delete();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void beyondTheLimitItIsFullAndWhatComesIsCounted() throws IOException {
        // given
        String piece = "x".repeat(HostLimits.OUTPUT_PIECE_BYTES_MAX);
        while (!kept.isFull()) {
            append(LogStream.STDOUT, piece);
        }

        // when
        append(LogStream.STDOUT, "too much");

        // then
        assertThat(kept.droppedBytes()).isEqualTo("too much".length());
        assertThat(Files.size(directory.resolve("default-one-1-1")))
                .isBetween(HostLimits.OUTPUT_KEPT_BYTES_MAX, HostLimits.OUTPUT_KEPT_BYTES_MAX + 2L * piece.length());
    }

    @Test
    void whatTheDiskDoesNotTakeIsCountedAndWhatItTakesLaterIsKept() throws IOException {
        // given a directory that is gone
        Files.delete(directory);
        append(LogStream.STDOUT, "lost");

        // when it is there again
        Files.createDirectory(directory);
        append(LogStream.STDOUT, "kept");

        // then
        assertThat(kept.droppedBytes()).isEqualTo("lost".length());
        assertThat(next()).isEqualTo("STDOUT kept");
    }

    @Test
    void anEarlierLifesOutputIsRemoved() throws IOException {
        // given
        append(LogStream.STDOUT, "one");

        // when
        var _ = new KeptOutputs(directory, Runnable::run);

        // then
        assertThat(directory).isEmptyDirectory();
    }

    /** By way of a pipe, as it happens. */
    private void append(LogStream stream, String text) throws IOException {
        int[] ends = LibC.pipe();
        try {
            LibC.write(ends[1], text.getBytes(StandardCharsets.UTF_8));
            var counts = new ArrayList<Integer>();
            kept.append(new OutputPipe(loop, stream, ends[0]), counts::add);
            assertThat(counts).containsExactly(text.length());
        } finally {
            LibC.close(ends[0]);
            LibC.close(ends[1]);
        }
    }

    private String next() {
        var piece = new AtomicReference<@Nullable OutputPiece>();
        kept.next(piece::set);
        var next = piece.get();
        return next == null ? "nothing" : next.stream() + " " + new String(next.bytes(), StandardCharsets.UTF_8);
    }
}
