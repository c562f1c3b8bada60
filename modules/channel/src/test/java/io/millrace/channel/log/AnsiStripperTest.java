package io.millrace.channel.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.domain.Limits;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AnsiStripperTest {
    private static final String HELD = "x".repeat(Limits.LOG_CONTROL_SEQUENCE_BYTES_MAX);

    static Stream<Arguments> samples() {
        return Stream.of(
                sample("plain\ttext\n", "plain\ttext\n"),
                sample("", ""),
                // colours, as tools write them
                sample("\u001b[31mred\u001b[0m \u001b[1;38;5;208mbold\u001b[m\n", "red bold\n"),
                sample("\u001b[38:2::255:0:0mtrue\u001b[39m colour", "true colour"),
                // cursor, erase, modes, soft reset
                sample("\u001b[2K\u001b[1G\u001b[?25l>\u001b[?25h\u001b[!p", ">"),
                sample("\u001b7saved\u001b8\u001bM\u001b=", "saved"),
                sample("\u001b(Bascii\u001b)0\u001b#8\u001b%Gutf", "asciiutf"),
                // titles and links, with both kinds of end
                sample("\u001b]0;a title\u0007after", "after"),
                sample("\u001b]2;title € \u001b\\after", "after"),
                sample("\u001b]8;;https://x.test/\u001b\\link\u001b]8;;\u001b\\", "link"),
                sample("\u001bP+q544e\u001b\\a\u001b_app\u001b\\b\u001b^pm\u001b\\c\u001bXsos\u001b\\d", "abcd"),
                // control characters
                sample("a\u0000b\u0008c\u000bd\u007fe\rf\r\ng", "abcdef\ng"),
                // characters of two, three and four bytes, and a second byte that looks like the eight-bit introducer
                sample("\u00e9\u001b[1m€\u001b[m\ud83d\ude00\u00db\u001b[0m", "\u00e9€\ud83d\ude00\u00db"),
                // what is no sequence loses its introducer only
                sample("\u001b[31", "31"),
                sample("\u001b[31\u00e9m", "31\u00e9m"),
                sample("\u001b[3\n1m", "3\n1m"),
                sample("\u001b[3\u001b[1m4", "34"),
                sample("\u001b", ""),
                sample("\u001b\u001b[1mx", "x"),
                sample("\u001b\nline\u001b\u00e9", "\nline\u00e9"),
                sample("\u001b( \u00e9", " \u00e9"),
                sample("\u001b]0;no end", "0;no end"),
                sample("\u001b]0;no end\nnext", "0;no end\nnext"),
                sample("\u001b]0;a\u001b[31mb", "0;ab"),
                sample("\u001b]0;a\u001b", "0;a"),
                sample("\u001b]\u0001a\u0002\n", "a\n"),
                // longer than any sequence
                sample("\u001b]" + HELD + "more\u0007", HELD + "more"),
                sample("\u001b[" + "1;".repeat(200) + "m!", "1;".repeat(200) + "m!"),
                sample("\u001b]" + HELD.substring(1) + "\u0007!", "!"));
    }

    private static Arguments sample(String written, String text) {
        return Arguments.of(written, text);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void textIsTheSameWhereverTheStreamIsCut(String written, String text) {
        byte[] bytes = written.getBytes(UTF_8);
        for (int cut = 0; cut <= bytes.length; cut++) {
            assertThat(stripped(Arrays.copyOf(bytes, cut), Arrays.copyOfRange(bytes, cut, bytes.length)))
                    .as("cut at %d", cut)
                    .isEqualTo(text);
        }
        byte[][] single = new byte[bytes.length][];
        Arrays.setAll(single, i -> new byte[] {bytes[i]});
        assertThat(stripped(single)).as("byte by byte").isEqualTo(text);
    }

    @Test
    void allSamplesInOneStreamAreToldApart() {
        // given a line feed between them, which ends what has no end
        List<Object[]> samples = samples().map(Arguments::get).toList();
        var written = new StringBuilder();
        var text = new StringBuilder();
        samples.forEach(sample -> {
            written.append(sample[0]).append('\n');
            text.append(sample[1]).append('\n');
        });

        // then
        assertThat(stripped(written.toString().getBytes(UTF_8))).isEqualTo(text.toString());
    }

    @Test
    void hostileBytesComeOutTheSameHoweverTheyCome() {
        // given bytes that are often part of a sequence
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        byte[] often = {0x1b, '[', ']', '\\', 7, ';', '1', 'm', '\n', 'P', (byte) 0xc3, (byte) 0x9b, 0x18, '('};
        byte[] bytes = new byte[50_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = random.nextInt(4) > 0 ? often[random.nextInt(often.length)] : (byte) random.nextInt(256);
        }

        // when they come in pieces of random length
        var stripper = new AnsiStripper();
        var text = new ByteArrayOutputStream();
        for (int from = 0; from < bytes.length; ) {
            int length = Math.min(bytes.length - from, random.nextInt(1, 700));
            add(text, stripper.strip(MemorySegment.ofArray(bytes).asSlice(from, length)));
            from += length;
        }
        add(text, stripper.finish());

        // then
        assertThat(text.toString(UTF_8)).as("seed %d", seed).isEqualTo(stripped(bytes));
        assertThat(text.toByteArray())
                .as("seed %d", seed)
                .doesNotContain(0x1b, 0x18, 0x07)
                .hasSizeLessThan(bytes.length);
    }

    @Test
    void plainTextIsNotCopied() {
        // given
        var stripper = new AnsiStripper();
        var plain = MemorySegment.ofArray("no sequence\n".getBytes(UTF_8));

        // then, before and after a sequence
        assertThat(stripper.strip(plain)).isSameAs(plain);
        stripper.strip(MemorySegment.ofArray("\u001b[1mbold".getBytes(UTF_8)));
        assertThat(stripper.strip(plain)).isSameAs(plain);
    }

    private static String stripped(byte[]... pieces) {
        var stripper = new AnsiStripper();
        var text = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            add(text, stripper.strip(MemorySegment.ofArray(piece)));
        }
        add(text, stripper.finish());
        return text.toString(UTF_8);
    }

    private static void add(ByteArrayOutputStream text, MemorySegment bytes) {
        text.writeBytes(bytes.toArray(ValueLayout.JAVA_BYTE));
    }
}
