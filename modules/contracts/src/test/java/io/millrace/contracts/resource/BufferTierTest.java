package io.millrace.contracts.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BufferTierTest {
    @ParameterizedTest
    @CsvSource({
        "1, SMALL",
        "4096, SMALL",
        "4097, MEDIUM",
        "65536, MEDIUM",
        "65537, LARGE",
        "1048576, LARGE",
    })
    @Proves("R-24")
    void sizeGetsTheSmallestTierThatFits(long bytes, BufferTier expected) {
        assertThat(BufferTier.of(bytes)).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {1_048_577, Long.MAX_VALUE, 0, -1, Long.MIN_VALUE})
    @Proves("R-24")
    void sizeThatNoTierHoldsGetsNone(long bytes) {
        assertThat(BufferTier.of(bytes)).isEqualTo(Optional.empty());
    }

    @Test
    void namesOnTheWireAreLowerCase() {
        assertThat(BufferTier.values()).extracting(BufferTier::wireName).containsExactly("small", "medium", "large");
    }
}
