package io.millrace.storage.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.domain.port.StorageException;
import io.millrace.storage.StorageSettings;
import io.millrace.storage.TestDatabases;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DatabaseTest {
    private static final StorageSettings IMPATIENT =
            new StorageSettings(2, Duration.ofMillis(250), Duration.ofMillis(100), false);

    private final DatabaseAddress address = TestDatabases.fresh();
    private final Database database = Database.open(address, IMPATIENT);

    @AfterAll
    void close() {
        database.close();
    }

    private static boolean execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }

    @Test
    void aStatementThatRunsTooLongIsCutOffEachTime() {
        // Twice on the same connection: a limit that is lost with a rollback would hold only once.
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() ->
                            database.transaction("wait", connection -> execute(connection, "SELECT pg_sleep(60)")))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("could not wait")
                    .hasMessageContaining("Whether it was stored is unknown");
        }
    }

    @Test
    void aTransactionThatFailsLeavesNothing() {
        // given
        TestDatabases.execute(address, "CREATE TABLE things (id int PRIMARY KEY)");

        // when
        assertThatThrownBy(() -> database.transaction("write", connection -> {
                    execute(connection, "INSERT INTO things VALUES (1)");
                    return execute(connection, "INSERT INTO things VALUES (1)");
                }))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("Nothing of it was stored");
        assertThatThrownBy(() -> database.transaction("write", connection -> {
                    execute(connection, "INSERT INTO things VALUES (2)");
                    throw new IllegalStateException("thought better of it");
                }))
                .isInstanceOf(IllegalStateException.class);

        // then
        assertThat(TestDatabases.number(address, "SELECT count(*) FROM things")).isZero();
    }

    @Test
    void aDatabaseThatIsNotThereIsReportedInTime() {
        // given
        DatabaseAddress nowhere = new DatabaseAddress("jdbc:postgresql://127.0.0.1:1/nowhere", "someone", "hidden");
        try (Database missing = Database.open(nowhere, IMPATIENT)) {

            // when, then
            assertThat(missing.isReachable()).isFalse();
            assertThatThrownBy(() -> missing.transaction("read", connection -> execute(connection, "SELECT 1")))
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("Nothing of it was stored");
        }
    }
}
