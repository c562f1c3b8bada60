package io.millrace.domain.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogLinesTest {
    private static final long START = 1_800_000_000_000L;
    private static final JobId JOB = new JobId(START << 16, 7);
    private static final long FIRST_CURSOR = (3L << 40) | 100;

    private final LogLines.Encoder encoder = new LogLines.Encoder(16);

    @Test
    void linesComeBackAsTheyWereWritten() {
        // given
        add(START, LogStream.STDOUT, "compiling");
        add(START + 5, LogStream.STDERR, "warning: deprecated");
        add(START + 70_000, LogStream.SYSTEM, "3 lines were dropped");

        // when
        List<LogLine> lines = LogLines.decode(finish());

        // then
        assertThat(lines)
                .containsExactly(
                        line(0, START, LogStream.STDOUT, "compiling"),
                        line(1, START + 5, LogStream.STDERR, "warning: deprecated"),
                        line(2, START + 70_000, LogStream.SYSTEM, "3 lines were dropped"));
    }

    @Test
    void whateverIsWrittenComesBack() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            List<LogLine> written = new ArrayList<>();
            long millis = START;
            for (int i = 0; i <= random.nextInt(50); i++) {
                millis += random.nextInt(1_000) == 0 ? 100_000_000L : random.nextInt(300);
                LogStream stream = LogStream.values()[random.nextInt(3)];
                boolean isPartial = random.nextBoolean();
                String content = "é".repeat(random.nextInt(random.nextInt(20) == 0 ? 20_000 : 100));
                byte[] bytes = content.getBytes(UTF_8);
                encoder.add(millis, stream, isPartial, bytes, 0, bytes.length);
                written.add(new LogLine(
                        FIRST_CURSOR + i, JOB, 2, Instant.ofEpochMilli(millis), stream, isPartial, content));
            }

            assertThat(LogLines.decode(finish())).isEqualTo(written);
        }
    }

    @Test
    void anEmptyLineIsALine() {
        add(START, LogStream.STDOUT, "");

        assertThat(LogLines.decode(finish())).containsExactly(line(0, START, LogStream.STDOUT, ""));
    }

    @Test
    void aLineMayBeTheMiddleOfABuffer() {
        byte[] buffer = "first\nsecond\nthird".getBytes(UTF_8);

        encoder.add(START, LogStream.STDOUT, false, buffer, 6, 6);

        assertThat(LogLines.decode(finish()).getFirst().content()).isEqualTo("second");
    }

    @Test
    void bytesThatAreNotUtf8AreReplacedWhenReadAndKeptAsTheyAre() {
        byte[] binary = {'a', (byte) 0xff, 'b'};

        encoder.add(START, LogStream.STDOUT, false, binary, 0, binary.length);
        LogBlock block = finish();

        assertThat(LogLines.decode(block).getFirst().content()).isEqualTo("a\uFFFDb");
        assertThat(block.lines()).endsWith(binary);
    }

    @Test
    void aClockThatGoesBackGivesTheSameTime() {
        add(START, LogStream.STDOUT, "one");
        add(START - 60_000, LogStream.STDOUT, "two");
        add(START + 1, LogStream.STDOUT, "three");

        assertThat(LogLines.decode(finish()))
                .extracting(line -> line.timestamp().toEpochMilli())
                .containsExactly(START, START, START + 1);
    }

    @Test
    void aShortLineCostsThreeBytesBesideItsText() {
        add(START, LogStream.STDOUT, "x");
        int before = encoder.length();

        add(START + 20, LogStream.STDOUT, "compiling");

        assertThat(encoder.length() - before).isEqualTo("compiling".length() + 3);
    }

    @Test
    void theEncoderCountsWhatIsInTheBlock() {
        add(START, LogStream.STDOUT, "one");
        add(START + 9, LogStream.STDOUT, "three");

        assertThat(encoder.lineCount()).isEqualTo(2);
        assertThat(encoder.contentBytes()).isEqualTo(8);
        assertThat(encoder.firstMillis()).isEqualTo(START);
        assertThat(encoder.lastMillis()).isEqualTo(START + 9);
    }

    @Test
    void aFinishedBlockIsIndependentOfTheNext() {
        add(START, LogStream.STDOUT, "one");
        LogBlock first = finish();
        assertThat(encoder.isEmpty()).isTrue();

        add(START - 1_000_000, LogStream.STDERR, "two");
        LogBlock second = finish();

        assertThat(LogLines.decode(first)).containsExactly(line(0, START, LogStream.STDOUT, "one"));
        assertThat(LogLines.decode(second)).containsExactly(line(0, START - 1_000_000, LogStream.STDERR, "two"));
    }

    @Test
    void theLongestLineFits() {
        byte[] content = new byte[Limits.LOG_LINE_BYTES_MAX];
        Arrays.fill(content, (byte) 'x');

        encoder.add(START, LogStream.STDOUT, true, content, 0, content.length);

        assertThat(LogLines.decode(finish()).getFirst().content()).hasSize(Limits.LOG_LINE_BYTES_MAX);
    }

    @Test
    void aBlockThatIsCutOffAnywhereIsCalledDamaged() {
        add(START, LogStream.STDOUT, "one");
        add(START + 500, LogStream.STDERR, "two");
        LogBlock block = finish();

        for (int length = 0; length < block.lines().length; length++) {
            LogBlock cut = block(block, Arrays.copyOf(block.lines(), length));
            assertThatIllegalArgumentException()
                    .as("cut to %d bytes", length)
                    .isThrownBy(() -> LogLines.decode(cut))
                    .withMessageContaining("cursor " + FIRST_CURSOR)
                    .withMessageContaining("damaged");
        }
    }

    @Test
    void randomBytesAreRefusedOrReadButNeverCrash() {
        Random random = new Random(3);
        add(START, LogStream.STDOUT, "one");
        LogBlock sound = finish();
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = 1;
            }
            try {
                LogLines.decode(block(sound, bytes));
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageContaining("damaged");
            }
        }
    }

    @Test
    void anUnknownVersionIsRefused() {
        add(START, LogStream.STDOUT, "one");
        LogBlock block = finish();
        byte[] other = block.lines().clone();
        other[0] = 2;

        assertThatIllegalArgumentException()
                .isThrownBy(() -> LogLines.decode(block(block, other)))
                .withMessageContaining("unknown version");
    }

    private void add(long millis, LogStream stream, String content) {
        byte[] bytes = content.getBytes(UTF_8);
        encoder.add(millis, stream, false, bytes, 0, bytes.length);
    }

    private LogBlock finish() {
        int lines = encoder.lineCount();
        long first = encoder.firstMillis();
        long last = encoder.lastMillis();
        return new LogBlock(new ChannelName("build"), JOB, 2, FIRST_CURSOR, lines, first, last, encoder.finish());
    }

    private static LogBlock block(LogBlock like, byte[] lines) {
        return new LogBlock(
                like.channel(),
                like.job(),
                like.attempt(),
                like.firstCursor(),
                like.lineCount(),
                like.firstMillis(),
                like.lastMillis(),
                lines);
    }

    private static LogLine line(int index, long millis, LogStream stream, String content) {
        return new LogLine(FIRST_CURSOR + index, JOB, 2, Instant.ofEpochMilli(millis), stream, false, content);
    }
}
