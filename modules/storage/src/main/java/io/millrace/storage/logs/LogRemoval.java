package io.millrace.storage.logs;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Removes stored output of a channel, oldest first, keeping the channel's total right. */
public final class LogRemoval {
    private static final String REMOVE_OLDEST = """
        WITH oldest AS (
            SELECT first_cursor, octet_length(lines) AS bytes,
                sum(octet_length(lines)) OVER (ORDER BY first_cursor) - octet_length(lines) AS before
            FROM (SELECT first_cursor, lines FROM log_blocks WHERE channel = ? AND first_cursor <= ?%s
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

    private static final String OF_ALL = REMOVE_OLDEST.formatted("");
    private static final String OF_ONE = REMOVE_OLDEST.formatted(" AND job = ?");

    /**
     * What may be removed.
     *
     * @param job that wrote it, absent for all
     * @param lastCursor blocks that begin behind it stay
     */
    record Lines(String channel, @Nullable UUID job, long lastCursor) {}

    /** What was removed. */
    record Removed(int blocks, long bytes) {}

    private LogRemoval() {}

    /** Removes blocks that begin at or before a cursor, at most {@code blocksMax}; returns how many. */
    public static int upTo(Connection connection, String channel, long cursor, int blocksMax) throws SQLException {
        return oldest(connection, new Lines(channel, null, cursor), Long.MAX_VALUE, blocksMax)
                .blocks();
    }

    /** Removes the oldest blocks until {@code bytesWanted} or more are gone, at most {@code blocksMax}. */
    static Removed oldest(Connection connection, Lines lines, long bytesWanted, int blocksMax) throws SQLException {
        List<Object> parameters = new ArrayList<>(List.of(lines.channel, lines.lastCursor));
        if (lines.job != null) {
            parameters.add(lines.job);
        }
        parameters.addAll(List.of(blocksMax, lines.channel, bytesWanted, lines.channel));
        try (PreparedStatement delete = connection.prepareStatement(lines.job == null ? OF_ALL : OF_ONE)) {
            for (int i = 0; i < parameters.size(); i++) {
                delete.setObject(i + 1, parameters.get(i));
            }
            try (ResultSet row = delete.executeQuery()) {
                row.next();
                return new Removed(row.getInt(1), row.getLong(2));
            }
        }
    }
}
