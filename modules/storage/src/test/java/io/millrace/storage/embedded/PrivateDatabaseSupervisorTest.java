package io.millrace.storage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.storage.TestDatabases;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrivateDatabaseSupervisorTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final DataDirectory directory = open();
    private final PrivateDatabase database = PrivateDatabase.start(directory, PrivateDatabaseSettings.DEFAULT);
    private final PrivateDatabaseSupervisor supervisor = PrivateDatabaseSupervisor.start(database);

    private static DataDirectory open() {
        try {
            return DataDirectory.open(Files.createTempDirectory("millrace-supervisor-test"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void stop() {
        supervisor.close();
        database.stop();
        directory.close();
        TestDatabases.delete(directory.path());
    }

    private ProcessHandle server() throws Exception {
        Path data = directory.path().resolve("postgres/data");
        return ProcessHandle.of(Postmaster.of(data).orElseThrow().pid()).orElseThrow();
    }

    @Test
    void aServerThatWasKilledRunsAgainAtTheSamePlaceWithWhatItHad() throws Exception {
        // given
        TestDatabases.execute(database.address(), "CREATE TABLE kept AS SELECT 42 AS value");
        ProcessHandle killed = server();

        // when
        killed.destroyForcibly();

        // then
        await().atMost(SOON).until(() -> supervisor.trouble().isPresent());
        await().atMost(SOON).until(() -> supervisor.trouble().isEmpty());
        assertThat(server().pid()).isNotEqualTo(killed.pid());
        assertThat(TestDatabases.number(database.address(), "SELECT value FROM kept"))
                .isEqualTo(42);
    }

    @Test
    void aServerThatIsStoppedOnPurposeStaysDown() throws Exception {
        // given
        supervisor.close();

        // when
        database.stop();

        // then
        assertThat(database.isAlive()).isFalse();
        assertThat(supervisor.trouble()).isEmpty();
    }
}
