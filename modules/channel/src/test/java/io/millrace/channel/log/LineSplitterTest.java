package io.millrace.channel.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.log.LogStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LineSplitterTest {
    private final LineSplitter splitter = new LineSplitter(LogStream.STDOUT, ControlSequences.KEPT);
    private final List<String> lines = new ArrayList<>();

    @Test
    void everyLineFeedIsFoundWhereverItLies() {
        for (int before = 0; before < 20; before++) {
            for (int after = 0; after < 20; after++) {
                // given neighbours that differ from a line feed in one bit only
                lines.clear();
                String text = "\u000b".repeat(before) + "\n" + "\u008a".repeat(after) + "\n";

                // when
                split(text.getBytes(ISO_8859_1));

                // then
                assertThat(lines).containsExactly("\u000b".repeat(before), "\u008a".repeat(after));
            }
        }
    }

    @Test
    void linesAreTheSameHoweverTheBytesCome() {
        // given bytes that are often a line feed or close to one
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        byte[] bytes = new byte[20_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(8) == 0 ? '\n' : '\t' + random.nextInt(4));
        }
        bytes[bytes.length - 1] = 'x';

        // when they come in pieces of random length
        int from = 0;
        while (from < bytes.length) {
            int length = Math.min(bytes.length - from, random.nextInt(1, 100));
            split(Arrays.copyOfRange(bytes, from, from + length));
            from += length;
        }
        splitter.finish(this::add);

        // then
        assertThat(lines).as("seed %d", seed).containsExactly(new String(bytes, ISO_8859_1).split("\n"));
    }

    private void split(byte[] bytes) {
        try (var arena = Arena.ofConfined()) {
            splitter.split(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), 0, this::add);
        }
    }

    private void add(long millis, LogStream stream, boolean isPartial, MemorySegment bytes, long from, int length) {
        lines.add(new String(bytes.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE), ISO_8859_1));
    }
}
