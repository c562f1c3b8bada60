package io.millrace.storage.journal;

import io.millrace.contracts.ThreadSafety;
import io.millrace.storage.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Looks into the journal, and removes what no recovery and no reader needs any more. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class JournalTables {
    private static final String DELETE_ENTRIES = """
            DELETE FROM event_journal
            WHERE persistence_id = ? AND sequence_number <= ?
              AND sequence_number < (SELECT max(sequence_number) FROM event_journal WHERE persistence_id = ?)
            """;

    private static final String DELETE_SNAPSHOTS = """
            DELETE FROM snapshot
            WHERE persistence_id = ? AND sequence_number < ?
              AND sequence_number < (SELECT max(sequence_number) FROM snapshot WHERE persistence_id = ?)
            """;

    private static final String HIGHEST_SEQUENCE =
            "SELECT coalesce(max(sequence_number), 0) FROM event_journal WHERE persistence_id = ?";

    private final Database database;

    public JournalTables(Database database) {
        this.database = database;
    }

    /**
     * Removes entries up to a sequence number and snapshots before one, in one transaction. The newest entry stays,
     * because the next sequence number follows from it, and so does the newest snapshot.
     *
     * @throws io.millrace.domain.port.StorageException if it failed; nothing is lost, it can be tried again
     */
    public void discard(String persistenceId, long entriesTo, long snapshotsBefore) {
        database.transaction("remove old journal entries", connection -> {
            int rows = delete(connection, DELETE_ENTRIES, persistenceId, entriesTo);
            return rows + delete(connection, DELETE_SNAPSHOTS, persistenceId, snapshotsBefore);
        });
    }

    /**
     * The newest entry's sequence number as it is stored now, 0 if there is none.
     *
     * @throws io.millrace.domain.port.StorageException if the database did not answer
     */
    public long highestSequence(String persistenceId) {
        return database.transaction("read the newest sequence number of a journal", connection -> {
            try (PreparedStatement statement = connection.prepareStatement(HIGHEST_SEQUENCE)) {
                statement.setString(1, persistenceId);
                try (ResultSet rows = statement.executeQuery()) {
                    return rows.next() ? rows.getLong(1) : 0L;
                }
            }
        });
    }

    private static int delete(Connection connection, String sql, String persistenceId, long bound) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, persistenceId);
            statement.setLong(2, bound);
            statement.setString(3, persistenceId);
            return statement.executeUpdate();
        }
    }
}
