package io.millrace.storage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.storage.TestDatabases;
import io.millrace.storage.database.Database;
import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.database.DurabilityCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrivateDatabaseTest {
    private final DataDirectory directory = open();
    private final List<PrivateDatabase> started = new ArrayList<>();

    private static DataDirectory open() {
        try {
            return DataDirectory.open(Files.createTempDirectory("millrace-database-test"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void isSupported() {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "there are programs for this platform");
    }

    @AfterEach
    void stop() {
        started.forEach(PrivateDatabase::stop);
        directory.close();
        TestDatabases.delete(directory.path());
    }

    private PrivateDatabase start(PrivateDatabaseSettings settings) {
        PrivateDatabase database = PrivateDatabase.start(directory, settings);
        started.add(database);
        return database;
    }

    private PrivateDatabase start() {
        return start(PrivateDatabaseSettings.DEFAULT);
    }

    private Path file(String name) {
        return directory.path().resolve("postgres").resolve(name);
    }

    @Test
    void itKeepsWhatItAcknowledgesAndLetsNobodyInWithoutThePassword() throws Exception {
        // when
        DatabaseAddress address = start().address();

        // then
        try (Connection connection = Database.connect(address)) {
            DurabilityCheck.check(connection, false);
        }
        DatabaseAddress stranger = new DatabaseAddress(address.jdbcUrl(), address.user(), "guess");
        assertThatThrownBy(() -> Database.connect(stranger)).isInstanceOf(SQLException.class);
        assertThat(Files.readString(file("data/pg_hba.conf"))
                        .lines()
                        .filter(line -> !line.startsWith("#") && !line.isBlank()))
                .isNotEmpty()
                .allMatch(line -> line.endsWith("scram-sha-256"));
        assertThat(permissions(file("data"))).isEqualTo("rwx------");
        assertThat(permissions(file("password"))).isEqualTo("rw-------");
        assertThat(permissions(file("url"))).isEqualTo("rw-------");
        assertThat(address.password()).hasSizeGreaterThanOrEqualTo(43);
        assertThat(DatabaseAddress.parse(Files.readString(file("url")).strip())).isEqualTo(address);
    }

    @Test
    void dataAndAddressSurviveARestart() {
        // given
        PrivateDatabase first = start();
        TestDatabases.execute(first.address(), "CREATE TABLE kept AS SELECT 42 AS value");
        first.stop();
        assertThatThrownBy(() -> Database.connect(first.address())).isInstanceOf(SQLException.class);

        // when
        PrivateDatabase second = start();

        // then
        assertThat(second.wasTakenOver()).isFalse();
        assertThat(second.address()).isEqualTo(first.address());
        assertThat(TestDatabases.number(second.address(), "SELECT value FROM kept"))
                .isEqualTo(42);
    }

    @Test
    void aRunningServerIsTakenOver() {
        // given
        PrivateDatabase first = start();

        // when
        PrivateDatabase second = start();

        // then
        assertThat(second.wasTakenOver()).isTrue();
        assertThat(second.address()).isEqualTo(first.address());
        second.stop();
        first.stop();
    }

    @Test
    void aServerThatWasKilledIsRecovered() throws Exception {
        // given
        PrivateDatabase first = start();
        TestDatabases.execute(first.address(), "CREATE TABLE kept AS SELECT 42 AS value");
        long pid = Postmaster.of(file("data")).orElseThrow().pid();
        ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
        server.destroyForcibly();
        server.onExit().get();

        // when
        PrivateDatabase second = start();

        // then
        assertThat(second.wasTakenOver()).isFalse();
        assertThat(TestDatabases.number(second.address(), "SELECT value FROM kept"))
                .isEqualTo(42);
    }

    @Test
    void aPidFileWhoseNumberBelongsToSomebodyElseByNowIsNoObstacle() throws Exception {
        // given
        PrivateDatabase first = start();
        Path pidFile = file("data/postmaster.pid");
        List<String> lines = new ArrayList<>(Files.readAllLines(pidFile));
        first.stop();
        Process somebody = new ProcessBuilder("sleep", "600").start();
        try {
            lines.set(0, Long.toString(somebody.pid()));
            Files.write(pidFile, lines);

            // when
            PrivateDatabase second = start();

            // then
            assertThat(second.wasTakenOver()).isFalse();
            assertThat(somebody.isAlive()).isTrue();
        } finally {
            somebody.destroyForcibly();
        }
    }

    @Test
    void dataWithoutItsPasswordIsRefused() throws IOException {
        // given
        start().stop();
        Files.delete(file("password"));

        // when, then
        assertThatThrownBy(this::start).isInstanceOfSatisfying(MillraceException.class, e -> {
            assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_STATE);
            assertThat(e.problem().detail()).contains(file("password").toString());
        });
    }

    @Test
    void dataOfAnotherVersionIsRefused() throws IOException {
        // given
        start().stop();
        Files.writeString(file("data/PG_VERSION"), "17\n");

        // when, then
        assertThatThrownBy(this::start)
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        e -> assertThat(e.problem().detail()).contains("PostgreSQL 17", "PostgreSQL 18", "pg_dump"));
    }

    @Test
    void asRootItCanRunAsAnotherUser() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");

        // given
        PrivateDatabaseSettings settings =
                new PrivateDatabaseSettings(32, 20, PrivateDatabaseSettings.DEFAULT.startTimeout(), "nobody", null);

        // when
        PrivateDatabase first = start(settings);
        TestDatabases.execute(first.address(), "CREATE TABLE kept AS SELECT 42 AS value");

        // then
        long pid = Postmaster.of(file("data")).orElseThrow().pid();
        assertThat(ProcessHandle.of(pid).orElseThrow().info().user()).hasValue("nobody");
        assertThat(Files.getOwner(file("data")).getName()).isEqualTo("nobody");

        // when it starts again without the setting
        first.stop();
        PrivateDatabase second = start();

        // then
        assertThat(second.wasTakenOver()).isFalse();
        assertThat(TestDatabases.number(second.address(), "SELECT value FROM kept"))
                .isEqualTo(42);
        assertThat(start().wasTakenOver()).isTrue();
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
