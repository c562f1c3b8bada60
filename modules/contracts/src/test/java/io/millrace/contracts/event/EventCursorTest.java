package io.millrace.contracts.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventCursorTest {
    @ParameterizedTest
    @ValueSource(strings = {"0-0", "1-0", "17-3", "9223372036854775807-2147483647"})
    void theWrittenFormGivesTheSameCursorBack(String text) {
        assertThat(EventCursor.parse(text)).hasToString(text);
    }

    @Test
    void aSequenceNumberAloneMeansBehindAllItsEvents() {
        EventCursor alone = EventCursor.parse("17");

        assertThat(alone).isGreaterThan(new EventCursor(17, 1_000_000)).isLessThan(new EventCursor(18, 0));
    }

    @Test
    void cursorsSortBySequenceNumberThenByIndex() {
        assertThat(new EventCursor(9, 7)).isLessThan(new EventCursor(10, 0));
        assertThat(new EventCursor(10, 0)).isLessThan(new EventCursor(10, 1));
        assertThat(EventCursor.START).isLessThan(new EventCursor(1, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "-1",
                "1-",
                "1--1",
                "1-2-3",
                "a-1",
                "1-a",
                " 1-1",
                "1.0-1",
                "9223372036854775808-0",
                "1-2147483648"
            })
    void anythingElseIsRefused(String text) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> EventCursor.parse(text))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
                    assertThat(e.problem().detail()).contains("id of the last event");
                });
    }
}
