package io.millrace.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearNamesTest {

    @Test
    void theNearestComeFirstAndNoMoreThanThree() {
        assertThat(NearNames.of("build", List.of("guild", "built", "Build", "bild", "rebuild", "deploy")))
                .containsExactly("Build", "guild", "built");
    }

    @Test
    void theNameOfAMemberOrToolNeedNotBeTyped() {
        assertThat(NearNames.of("dev", List.of("api:start", "web:dev", "den"))).containsExactly("web:dev", "den");
    }

    @Test
    void aShortNameIsNearOnlyToWhatIsHardlyDifferent() {
        assertThat(NearNames.of("dev", List.of("run", "test", "de"))).containsExactly("de");
    }

    @Test
    void nothingIsNearToAnEndlessName() {
        assertThat(NearNames.of("x".repeat(1_000_000), List.of("x".repeat(999_999))))
                .isEmpty();
    }
}
