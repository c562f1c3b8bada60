package io.millrace.storage.readmodel;

import io.millrace.domain.Limits;
import io.millrace.storage.logs.LogRemoval;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Removes what need not be kept any longer, a bounded number of rows at a time. Rows that another node is removing are
 * passed over, so that nodes may do this at the same time.
 */
final class ExpiredRows {
    private static final String OLDEST_DELETED_CHANNEL = """
            SELECT channel_key, name, last_log_cursor FROM deleted_channels
            ORDER BY channel_key LIMIT 1 FOR UPDATE SKIP LOCKED
            """;

    private static final String REMOVE_JOBS = """
            WITH gone AS (DELETE FROM jobs WHERE id IN (%s) RETURNING id),
            history AS (DELETE FROM attempts WHERE job IN (SELECT id FROM gone))
            SELECT count(*) FROM gone
            """;

    private static final String REMOVE_JOBS_OF_CHANNEL =
            REMOVE_JOBS.formatted("SELECT id FROM jobs WHERE channel_key = ? LIMIT ?");

    /** A job that ended before the cut-off has an id from before it, so newer jobs are not even looked at. */
    private static final String REMOVE_EXPIRED_JOBS = REMOVE_JOBS.formatted("""
            SELECT old.id FROM channels c CROSS JOIN LATERAL (
                SELECT j.id FROM jobs j
                WHERE j.channel_key = c.channel_key AND j.ended_at < ? - c.retention_millis
                    AND j.id < rpad(lpad(to_hex(greatest(? - c.retention_millis, 0)), 12, '0'), 32, '0')::uuid
                ORDER BY j.id LIMIT ? FOR UPDATE SKIP LOCKED) old
            LIMIT ?
            """);

    private static final String REMOVE_KEYS_OF_CHANNEL = """
            DELETE FROM idempotency WHERE channel_key = ? AND key IN (
                SELECT key FROM idempotency WHERE channel_key = ? LIMIT ?)
            """;

    private static final String REMOVE_EXPIRED_KEYS = """
            DELETE FROM idempotency WHERE (channel_key, key) IN (
                SELECT channel_key, key FROM idempotency WHERE created_at <= ?
                ORDER BY created_at LIMIT ? FOR UPDATE SKIP LOCKED)
            """;

    private static final String REMOVE_DELETIONS = """
            DELETE FROM deletions WHERE (channel, began_at) IN (
                SELECT channel, began_at FROM deletions WHERE ended_at <= ?
                ORDER BY ended_at LIMIT ? FOR UPDATE SKIP LOCKED)
            """;

    int remove(Connection connection, long nowMillis, int rowsMax) throws SQLException {
        int removed = removeDeletedChannel(connection, rowsMax);
        removed += removeExpiredJobs(connection, nowMillis, rowsMax - removed);
        removed += removeUpTo(
                connection, REMOVE_EXPIRED_KEYS, nowMillis - Limits.IDEMPOTENCY_KEPT.toMillis(), rowsMax - removed);
        removed += removeUpTo(
                connection, REMOVE_DELETIONS, nowMillis - Limits.DELETIONS_KEPT.toMillis(), rowsMax - removed);
        return removed;
    }

    private static int removeDeletedChannel(Connection connection, int rowsMax) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(OLDEST_DELETED_CHANNEL);
                ResultSet row = select.executeQuery()) {
            return row.next()
                    ? removeChannel(connection, row.getLong(1), row.getString(2), row.getLong(3), rowsMax)
                    : 0;
        }
    }

    private static int removeChannel(Connection connection, long key, String name, long lastLogCursor, int rowsMax)
            throws SQLException {
        int removed = removeJobsOf(connection, key, rowsMax);
        removed += removeKeysOf(connection, key, rowsMax - removed);
        removed += LogRemoval.upTo(connection, name, lastLogCursor, rowsMax - removed);
        if (removed < rowsMax) {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM deleted_channels WHERE channel_key = ?")) {
                delete.setLong(1, key);
                delete.executeUpdate();
            }
        }
        return removed;
    }

    private static int removeJobsOf(Connection connection, long key, int rowsMax) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(REMOVE_JOBS_OF_CHANNEL)) {
            delete.setLong(1, key);
            delete.setInt(2, rowsMax);
            return count(delete);
        }
    }

    private static int removeKeysOf(Connection connection, long key, int rowsMax) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(REMOVE_KEYS_OF_CHANNEL)) {
            delete.setLong(1, key);
            delete.setLong(2, key);
            delete.setInt(3, rowsMax);
            return delete.executeUpdate();
        }
    }

    private static int removeExpiredJobs(Connection connection, long nowMillis, int rowsMax) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(REMOVE_EXPIRED_JOBS)) {
            delete.setLong(1, nowMillis);
            delete.setLong(2, nowMillis);
            delete.setInt(3, rowsMax);
            delete.setInt(4, rowsMax);
            return count(delete);
        }
    }

    private static int removeUpTo(Connection connection, String statement, long timeMillis, int rowsMax)
            throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(statement)) {
            delete.setLong(1, timeMillis);
            delete.setInt(2, rowsMax);
            return delete.executeUpdate();
        }
    }

    private static int count(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getInt(1);
        }
    }
}
