package io.millrace.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelNameTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "7",
                "a-b",
                "build-2",
                "a--b",
                "123456789012345678901234567890123456789012345678901234567890123"
            })
    void lowerCaseLettersDigitsAndInnerHyphensMakeAName(String name) {
        assertThat(new ChannelName(name)).hasToString(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-a",
                "a-",
                "-",
                "A",
                "a_b",
                "a.b",
                "a/b",
                "a b",
                "a\n",
                "ä",
                "1234567890123456789012345678901234567890123456789012345678901234"
            })
    void anythingElseIsRefusedWithTheRule(String name) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> new ChannelName(name))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
                    assertThat(e.problem().detail()).contains("'" + name + "'", "1 to 63");
                    assertThat(e.problem().violations())
                            .extracting(Violation::field)
                            .containsExactly("channel");
                });
    }

    @Test
    void aLongNameIsNotRepeatedWhole() {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> new ChannelName("x".repeat(10_000)))
                .satisfies(e -> assertThat(e.problem().detail()).hasSizeLessThan(300));
    }

    @Test
    void namesSortAsTheirTexts() {
        assertThat(new ChannelName("a")).isLessThan(new ChannelName("b"));
        assertThat(new ChannelName("a")).isLessThan(new ChannelName("a-b"));
    }
}
