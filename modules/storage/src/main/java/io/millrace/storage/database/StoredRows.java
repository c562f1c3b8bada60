package io.millrace.storage.database;

import java.lang.reflect.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes many rows with one statement by sending each column as an array that the statement unnests. Of what was tried
 * it is the fastest way that still allows {@code ON CONFLICT} and updates: a batch of single statements, rewritten by
 * the driver or not, is slower by a third, and {@code COPY} through a staging table gains nothing.
 */
public final class StoredRows {
    /** Rows per statement: enough to make a statement's own cost vanish, few enough to bound its memory. */
    private static final int ROWS_PER_STATEMENT_MAX = 5_000;

    private StoredRows() {}

    /**
     * A column of the rows to write.
     *
     * @param value the row's value, null for SQL null; its class is the one {@code type} names. Text is stored as
     *     {@link StorableText}
     */
    public record Column<R>(SqlType type, Function<R, @Nullable Object> value) {
        public static <R> Column<R> of(SqlType type, Function<R, @Nullable Object> value) {
            return new Column<>(type, value);
        }
    }

    /** Types of columns, with the Java class of their values. */
    public enum SqlType {
        UUID("uuid", UUID.class),
        BIGINT("int8", Long.class),
        INTEGER("int4", Integer.class),
        SMALLINT("int2", Short.class),
        BOOLEAN("bool", Boolean.class),
        TEXT("text", String.class),
        BYTES("bytea", byte[].class);

        private final String sqlName;
        private final Class<?> javaClass;

        SqlType(String sqlName, Class<?> javaClass) {
            this.sqlName = sqlName;
            this.javaClass = javaClass;
        }
    }

    /**
     * Runs a statement whose parameters are one array per column, in order.
     *
     * @return rows the statement touched
     */
    public static <R> int write(Connection connection, String sql, List<Column<R>> columns, List<R> rows)
            throws SQLException {
        if (rows.isEmpty()) {
            return 0;
        }
        int written = 0;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int from = 0; from < rows.size(); from += ROWS_PER_STATEMENT_MAX) {
                List<R> part = rows.subList(from, Math.min(rows.size(), from + ROWS_PER_STATEMENT_MAX));
                for (int i = 0; i < columns.size(); i++) {
                    setArray(connection, statement, i + 1, columns.get(i), part);
                }
                written += statement.executeUpdate();
            }
        }
        return written;
    }

    private static <R> void setArray(
            Connection connection, PreparedStatement statement, int index, Column<R> column, List<R> rows)
            throws SQLException {
        Object[] values = (Object[]) Array.newInstance(column.type().javaClass, rows.size());
        for (int i = 0; i < values.length; i++) {
            Object value = column.value().apply(rows.get(i));
            values[i] = value instanceof String text ? StorableText.of(text) : value;
        }
        statement.setArray(index, connection.createArrayOf(column.type().sqlName, values));
    }
}
