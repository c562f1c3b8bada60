package io.millrace.storage.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlOutcomeTest {
    @ParameterizedTest
    @CsvSource({
        "23505, ROLLED_BACK",
        "23503, ROLLED_BACK",
        "40001, ROLLED_BACK",
        "40P01, ROLLED_BACK",
        "40003, UNKNOWN",
        "08006, UNKNOWN",
        "57P01, UNKNOWN",
        "57014, UNKNOWN",
        ", UNKNOWN"
    })
    void onlyARefusalBeyondDoubtIsDefinite(@Nullable String state, SqlOutcome outcome) {
        // given
        SQLException failure = new SQLException("failed", state);
        SQLException batch = new BatchUpdateException("batch", new int[0]);
        batch.setNextException(failure);

        // then
        assertThat(SqlOutcome.of(failure)).isEqualTo(outcome);
        assertThat(SqlOutcome.of(new IllegalStateException(failure))).isEqualTo(outcome);
        assertThat(SqlOutcome.of(new RuntimeException(batch))).isEqualTo(outcome);
    }
}
