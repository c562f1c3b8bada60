package io.millrace.storage.logs;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Removes stored output of a channel, oldest first, keeping the channel's total right. */
public final class LogRemoval {
    private static final String REMOVE_OLDEST = """
            WITH oldest AS (
                SELECT first_cursor, octet_length(lines) AS bytes,
                    sum(octet_length(lines)) OVER (ORDER BY first_cursor) - octet_length(lines) AS before
                FROM (SELECT first_cursor, lines FROM log_blocks WHERE channel = ? AND first_cursor <= ?
                    ORDER BY first_cursor LIMIT ?) b),
            gone AS (
                DELETE FROM log_blocks WHERE channel = ?
                    AND first_cursor IN (SELECT first_cursor FROM oldest WHERE before < ?)
                RETURNING octet_length(lines) AS bytes),
            sums AS (SELECT count(*) AS blocks, coalesce(sum(bytes), 0) AS bytes FROM gone),
            total AS (UPDATE log_totals SET bytes = greatest(0, log_totals.bytes - sums.bytes) FROM sums
                WHERE channel = ? AND sums.blocks > 0)
            SELECT blocks, bytes FROM sums
            """;

    /** What was removed. */
    record Removed(int blocks, long bytes) {}

    private LogRemoval() {}

    /** Removes blocks that begin at or before a cursor, at most {@code blocksMax}; returns how many. */
    public static int upTo(Connection connection, String channel, long cursor, int blocksMax) throws SQLException {
        return oldest(connection, channel, cursor, Long.MAX_VALUE, blocksMax).blocks();
    }

    /** Removes the oldest blocks until {@code bytesWanted} or more are gone, at most {@code blocksMax}. */
    static Removed oldest(Connection connection, String channel, long lastCursor, long bytesWanted, int blocksMax)
            throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(REMOVE_OLDEST)) {
            delete.setString(1, channel);
            delete.setLong(2, lastCursor);
            delete.setInt(3, blocksMax);
            delete.setString(4, channel);
            delete.setLong(5, bytesWanted);
            delete.setString(6, channel);
            try (ResultSet row = delete.executeQuery()) {
                row.next();
                return new Removed(row.getInt(1), row.getLong(2));
            }
        }
    }
}
