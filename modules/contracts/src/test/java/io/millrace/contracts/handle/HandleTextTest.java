package io.millrace.contracts.handle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ChannelName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandleTextTest {
    private static final String SEAL = "q0_-Zw2l1n7Yb0t7Jm4dXo2cK9sVQe3hRkU8yT5pA1I";

    @ParameterizedTest
    @EnumSource(HandleType.class)
    void handleIsReadBackFromItsText(HandleType type) {
        Handle handle = handle(type, "01JAB2C3D4E5F6G7H8J9KMNPQR-2");

        assertThat(HandleText.parse(HandleText.format(handle))).contains(handle);
    }

    @Test
    void textNeedsNoQuotingInAPathOrAList() {
        String text = HandleText.format(handle(HandleType.LEASE, "a/b:c,d e\"f%g\u20ac.h"));

        assertThat(text).matches("mh1\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
        assertThat(HandleText.isClaimed(text)).isTrue();
        assertThat(HandleText.isClaimed("01JAB2C3D4E5F6G7H8J9KMNPQR")).isFalse();
    }

    @Test
    void partsThatRunTogetherAloneStayApart() {
        String one = HandleText.format(new Handle(HandleType.LEASE, "ab", new ChannelName("c"), 1, "d", SEAL));
        String other = HandleText.format(new Handle(HandleType.LEASE, "a", new ChannelName("bc"), 1, "d", SEAL));

        assertThat(one).isNotEqualTo(other);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "mh1",
                "mh1.",
                "mh1..",
                "mh1.a.",
                "mh1..a",
                "mh1.AAAA.AAAA",
                "mh1.====.AAAA",
                "mh2.AAAA.AAAA",
                "MH1.AAAA.AAAA",
                "mh1.AAAA.AA/A",
                "mh1.AAAA.AAAA\n",
                " mh1.AAAA.AAAA",
                "mh1.AAAA.AAAA.AAAA",
                "mh1.__8AAA.AAAA",
                "01JAB2C3D4E5F6G7H8J9KMNPQR",
                "../../etc/passwd",
            })
    void hostileTextIsTheTextOfNoHandle(String text) {
        assertThat(HandleText.parse(text)).isEmpty();
    }

    @Test
    void cutOrLengthenedTextIsTheTextOfNoHandle() {
        String text = HandleText.format(handle(HandleType.THREAD, "01JAB2C3D4E5F6G7H8J9KMNPQR"));
        int seal = text.lastIndexOf('.');
        byte[] parts = Base64.getUrlDecoder().decode(text.substring("mh1.".length(), seal));

        for (int length = 0; length < parts.length; length++) {
            assertThat(HandleText.parse(with(Arrays.copyOf(parts, length)))).isEmpty();
        }
        assertThat(HandleText.parse(with(Arrays.copyOf(parts, parts.length + 1))))
                .isEmpty();
    }

    @Test
    void unknownTypeAndChannelThatCannotBeAreRefused() {
        String text = HandleText.format(handle(HandleType.THREAD, "01JAB2C3D4E5F6G7H8J9KMNPQR"));
        String parts = new String(
                Base64.getUrlDecoder().decode(text.substring("mh1.".length(), text.lastIndexOf('.'))),
                StandardCharsets.ISO_8859_1);

        assertThat(HandleText.parse(with(parts.replace("THREAD", "TREADS")))).isEmpty();
        assertThat(HandleText.parse(with(parts.replace("build", "Build")))).isEmpty();
        assertThat(HandleText.parse(with(parts))).isPresent();
    }

    @Test
    void textOverTheLimitIsTheTextOfNoHandle() {
        assertThat(HandleText.parse("mh1." + "A".repeat(HandleText.CHARS_MAX) + ".A"))
                .isEmpty();
        assertThatThrownBy(() -> HandleText.format(handle(HandleType.LEASE, "x".repeat(HandleText.CHARS_MAX))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1024");
    }

    @Test
    void sealThatIsNoBase64HasNoText() {
        Handle forged = new Handle(HandleType.LEASE, "a", ChannelName.DEFAULT, 1, "node", "a.b");

        assertThatThrownBy(() -> HandleText.format(forged)).isInstanceOf(IllegalArgumentException.class);
    }

    private static String with(String parts) {
        return with(parts.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String with(byte[] parts) {
        return "mh1." + Base64.getUrlEncoder().withoutPadding().encodeToString(parts) + "." + SEAL;
    }

    private static Handle handle(HandleType type, String id) {
        return new Handle(type, id, new ChannelName("build"), 7, "millrace@127.0.0.1:25520", SEAL);
    }
}
