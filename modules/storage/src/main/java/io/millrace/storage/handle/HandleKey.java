package io.millrace.storage.handle;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.port.StorageException;
import io.millrace.storage.database.Database;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The key with which all nodes on one database seal handles. It lives there, so that a handle outlasts the node that
 * made it and a channel that moves still knows its own.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class HandleKey {
    /** As long as the output of the seal's hash, beyond which a longer key adds nothing. */
    public static final int BYTES = 32;

    private static final String INSERT = "INSERT INTO handle_key (key) VALUES (?) ON CONFLICT DO NOTHING";
    private static final String SELECT = "SELECT key FROM handle_key";

    private final Database database;

    public HandleKey(Database database) {
        this.database = database;
    }

    /**
     * Reads the key, after making one if there is none. Of nodes that start together, all get the same.
     *
     * @return 32 random bytes, to be kept from every log
     * @throws StorageException if the database does not answer
     */
    public byte[] load() {
        return database.transaction("read the key of handles", connection -> {
            byte[] key = select(connection);
            if (key != null) {
                return key;
            }
            insert(connection);
            return stored(connection);
        });
    }

    private static byte[] stored(Connection connection) throws SQLException {
        byte[] key = select(connection);
        if (key == null) {
            throw new SQLException("The key of handles is not there after it was written");
        }
        return key;
    }

    /** Waits for a node that is about to write one, and then leaves it as it is. */
    private static void insert(Connection connection) throws SQLException {
        byte[] key = new byte[BYTES];
        new SecureRandom().nextBytes(key);
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setBytes(1, key);
            statement.executeUpdate();
        }
    }

    private static byte @Nullable [] select(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getBytes(1) : null;
        }
    }
}
