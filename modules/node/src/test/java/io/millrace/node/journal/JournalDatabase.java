package io.millrace.node.journal;

import io.millrace.api.v1.JsonValueCodec;
import io.millrace.storage.Storage;
import io.millrace.storage.StorageSettings;
import io.millrace.storage.database.Database;
import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.embedded.DataDirectory;
import io.millrace.storage.embedded.PrivateDatabase;
import io.millrace.storage.embedded.PrivateDatabaseSettings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A real PostgreSQL with Millrace's schema, for tests of the journal. */
final class JournalDatabase implements AutoCloseable {
    private final DataDirectory directory;
    private final PrivateDatabase server;

    private JournalDatabase(DataDirectory directory, PrivateDatabase server) {
        this.directory = directory;
        this.server = server;
    }

    static JournalDatabase start(Path path) {
        DataDirectory directory = DataDirectory.open(path);
        PrivateDatabase server = PrivateDatabase.start(directory, PrivateDatabaseSettings.DEFAULT);
        StorageSettings settings = new StorageSettings(2, Duration.ofSeconds(5), Duration.ofSeconds(8), false);
        Storage.open(server.address(), settings, new JsonValueCodec()).close();
        return new JournalDatabase(directory, server);
    }

    DatabaseAddress address() {
        return server.address();
    }

    /** Holds back every write into the journal until it is closed, so that writes pile up behind each other. */
    Connection lockJournal() throws SQLException {
        Connection connection = Database.connect(address());
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("LOCK TABLE event_journal IN EXCLUSIVE MODE");
        }
        return connection;
    }

    /** True if a write into the journal waits for {@link #lockJournal}. */
    boolean isWriteWaiting() throws SQLException {
        return number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0;
    }

    /** Puts the row in place that another owner of the same channel would have written. */
    void writeAsStranger(String persistenceId, long sequence) throws SQLException {
        try (Connection connection = Database.connect(address());
                PreparedStatement insert = connection.prepareStatement("INSERT INTO event_journal"
                        + " (persistence_id, sequence_number, writer, write_timestamp, event_ser_id,"
                        + " event_ser_manifest, event_payload) VALUES (?, ?, 'stranger', 0, 0, '', '')")) {
            insert.setString(1, persistenceId);
            insert.setLong(2, sequence);
            insert.executeUpdate();
        }
    }

    /** Rows of all channels whose persistence id starts so. */
    long rowsOf(String persistenceIdPrefix) throws SQLException {
        return number("SELECT count(*) FROM event_journal WHERE writer <> 'stranger' AND persistence_id LIKE '"
                + persistenceIdPrefix + "%'");
    }

    private long number(String query) throws SQLException {
        try (Connection connection = Database.connect(address());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Override
    public void close() {
        server.stop();
        directory.close();
    }
}
