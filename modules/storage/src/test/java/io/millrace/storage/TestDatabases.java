package io.millrace.storage;

import io.millrace.storage.database.Database;
import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.embedded.DataDirectory;
import io.millrace.storage.embedded.PrivateDatabase;
import io.millrace.storage.embedded.PrivateDatabaseSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Fresh databases on one private server, which starts with the first and stops with the JVM. */
public final class TestDatabases {
    /** How many migrations a fresh database needs. */
    public static final int MIGRATIONS = 5;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private TestDatabases() {}

    private static final class Server {
        static final DatabaseAddress ADDRESS = start();

        private static DatabaseAddress start() {
            try {
                Path path = Files.createTempDirectory("millrace-storage-test");
                DataDirectory directory = DataDirectory.open(path);
                PrivateDatabase server = PrivateDatabase.start(directory, PrivateDatabaseSettings.DEFAULT);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    server.stop();
                    directory.close();
                    delete(path);
                }));
                return server.address();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** An empty database of its own for each caller. */
    public static DatabaseAddress fresh() {
        String name = "test_" + NUMBER.incrementAndGet();
        execute(Server.ADDRESS, "CREATE DATABASE " + name);
        String url = Server.ADDRESS.jdbcUrl();
        return new DatabaseAddress(
                url.substring(0, url.lastIndexOf('/') + 1) + name, Server.ADDRESS.user(), Server.ADDRESS.password());
    }

    public static void execute(DatabaseAddress address, String sql) {
        try (Connection connection = Database.connect(address);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public static long number(DatabaseAddress address, String sql) {
        try (Connection connection = Database.connect(address);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void delete(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
