package io.millrace.domain.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogStream;
import io.millrace.contracts.process.ProcessName;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LogLinesTest {
    private static final long T0 = 1_800_000_000_000L;
    private final LogLines.Encoder encoder = new LogLines.Encoder(4);

    @Test
    void aBlockReadsBackWhatWasWritten() {
        // given lines of every stream, an empty one, a partial one and one with bytes that are not UTF-8
        add(T0, LogStream.STDOUT, false, "first".getBytes(UTF_8));
        add(T0 + 3, LogStream.STDERR, false, new byte[0]);
        add(T0 + 300_000, LogStream.SYSTEM, true, "straße".getBytes(UTF_8));
        add(T0 + 300_000, LogStream.STDOUT, false, new byte[] {'a', (byte) 0xff, 'b'});

        // when
        var lines = LogLines.decode(block(1_000));

        // then
        assertThat(lines).extracting(LogLine::content).containsExactly("first", "", "straße", "a\uFFFDb");
        assertThat(lines).extracting(LogLine::cursor).containsExactly(1_000L, 1_001L, 1_002L, 1_003L);
        assertThat(lines)
                .extracting(LogLine::stream)
                .containsExactly(LogStream.STDOUT, LogStream.STDERR, LogStream.SYSTEM, LogStream.STDOUT);
        assertThat(lines).extracting(LogLine::isPartial).containsExactly(false, false, true, false);
        assertThat(lines.get(2).timestamp()).isEqualTo(Instant.ofEpochMilli(T0 + 300_000));
    }

    @Test
    void aClockThatGoesBackDoesNotReorderTimes() {
        // given
        add(T0, LogStream.STDOUT, false, "a".getBytes(UTF_8));
        add(T0 - 5_000, LogStream.STDOUT, false, "b".getBytes(UTF_8));

        // when
        var lines = LogLines.decode(block(1));

        // then
        assertThat(lines).extracting(LogLine::timestamp).containsOnly(Instant.ofEpochMilli(T0));
    }

    @Test
    void linesOfAProcessKeepItsName() {
        // given
        add(T0, LogStream.STDOUT, false, "one".getBytes(UTF_8));
        add(T0 + 9, LogStream.STDERR, false, "two".getBytes(UTF_8));
        var written = block(7);

        // when
        var lines =
                LogLines.decode(withLines(written, LogLines.ofProcess(new ProcessName("web:dev"), written.lines())));

        // then
        assertThat(lines).extracting(LogLine::processName).containsOnly(new ProcessName("web:dev"));
        assertThat(lines).extracting(LogLine::content).containsExactly("one", "two");
        assertThat(lines).extracting(LogLine::cursor).containsExactly(7L, 8L);
        assertThat(LogLines.decode(written)).extracting(LogLine::processName).containsOnlyNulls();
    }

    @Test
    void everyCutOffBlockOfAProcessIsFoundToBeDamaged() {
        // given
        add(T0, LogStream.STDOUT, false, "hello".getBytes(UTF_8));
        var written = block(1);
        var whole = withLines(written, LogLines.ofProcess(new ProcessName("web"), written.lines()));

        // when, then
        for (int length = 0; length < whole.lines().length; length++) {
            var cut = withLines(whole, Arrays.copyOf(whole.lines(), length));
            assertThatThrownBy(() -> LogLines.decode(cut))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("damaged");
        }
    }

    @Test
    void everyCutOffBlockIsFoundToBeDamaged() {
        // given
        add(T0, LogStream.STDOUT, false, "hello".getBytes(UTF_8));
        add(T0 + 200, LogStream.STDOUT, false, "world".getBytes(UTF_8));
        var whole = block(1);

        // when, then
        for (int length = 0; length < whole.lines().length; length++) {
            var cut = withLines(whole, Arrays.copyOf(whole.lines(), length));
            assertThatThrownBy(() -> LogLines.decode(cut))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("damaged");
        }
    }

    @Test
    void anEncoderStartsANewBlockAfterEach() {
        // given
        add(T0, LogStream.STDOUT, false, "one".getBytes(UTF_8));
        block(1);

        // when
        add(T0 + 9, LogStream.STDOUT, false, "two".getBytes(UTF_8));
        var second = block(2);

        // then
        assertThat(second.firstMillis()).isEqualTo(T0 + 9);
        assertThat(LogLines.decode(second)).extracting(LogLine::content).containsExactly("two");
    }

    private void add(long millis, LogStream stream, boolean isPartial, byte[] content) {
        encoder.add(millis, stream, isPartial, content, 0, content.length);
    }

    private LogBlock block(long firstCursor) {
        int count = encoder.lineCount();
        long first = encoder.firstMillis();
        long last = encoder.lastMillis();
        return new LogBlock(ChannelName.DEFAULT, new JobId(1, 1), 1, firstCursor, count, first, last, encoder.finish());
    }

    private static LogBlock withLines(LogBlock block, byte[] lines) {
        return new LogBlock(
                block.channel(),
                block.job(),
                block.attempt(),
                block.firstCursor(),
                block.lineCount(),
                block.firstMillis(),
                block.lastMillis(),
                lines);
    }
}
