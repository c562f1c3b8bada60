package io.millrace.storage.database;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.port.StorageException;
import io.millrace.storage.StorageSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/**
 * A bounded pool of connections, and transactions on it. Every transaction is bounded too: by the wait for a connection,
 * by the server's {@code statement_timeout}, and by a socket timeout for a server that no longer answers at all.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class Database implements AutoCloseable {
    /** What the socket waits beyond the server's own limit, so that the server's clear error wins where there is one. */
    private static final long SOCKET_GRACE_SECONDS = 10;

    private static final int LOGIN_SECONDS_MAX = 5;

    private final HikariDataSource pool;

    private Database(HikariDataSource pool) {
        this.pool = pool;
    }

    /** Statements of one transaction. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    /** A pool that connects on demand; the database need not be there yet. */
    public static Database open(DatabaseAddress address, StorageSettings settings) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("millrace-storage");
        config.setJdbcUrl(address.jdbcUrl());
        config.setUsername(address.user());
        config.setPassword(address.password());
        config.setMaximumPoolSize(settings.poolSize());
        config.setMinimumIdle(1);
        config.setConnectionTimeout(settings.connectionTimeout().toMillis());
        config.setInitializationFailTimeout(-1);
        config.setAutoCommit(false);
        // Commits the setting below; else the first transaction that is rolled back takes it along.
        config.setIsolateInternalQueries(true);
        config.setConnectionInitSql(
                "SET statement_timeout = " + settings.statementTimeout().toMillis());
        long socketSeconds = settings.statementTimeout().toSeconds() + SOCKET_GRACE_SECONDS;
        config.addDataSourceProperty("socketTimeout", Long.toString(socketSeconds));
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.addDataSourceProperty("ApplicationName", "millrace-storage");
        return new Database(new HikariDataSource(config));
    }

    /** A connection outside any pool and without a statement timeout, for work at start that may take long. */
    public static Connection connect(DatabaseAddress address) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", address.user());
        properties.setProperty("password", address.password());
        properties.setProperty("loginTimeout", Integer.toString(LOGIN_SECONDS_MAX));
        properties.setProperty("connectTimeout", Integer.toString(LOGIN_SECONDS_MAX));
        properties.setProperty("ApplicationName", "millrace-start");
        return DriverManager.getConnection(address.jdbcUrl(), properties);
    }

    /** What a user hears whose database cannot be reached at start. */
    public static Problem unreachable(DatabaseAddress address, SQLException failure) {
        return Problem.of(
                ErrorCode.UNAVAILABLE,
                "Storage",
                "The database at " + address.location() + " cannot be used as user '" + address.user() + "': "
                        + failure.getMessage() + ". Check that the server runs, and the user, password and database "
                        + "in MILLRACE_DATABASE_URL.");
    }

    /**
     * Runs work in one transaction and commits it.
     *
     * @param what what is done, as it reads behind "could not", for messages
     * @throws StorageException if it failed; the message says whether it may have been stored all the same
     */
    public <T> T transaction(String what, Work<T> work) {
        try (Connection connection = connection(what)) {
            return committed(connection, work);
        } catch (SQLException e) {
            throw new StorageException(describe(what, e, SqlOutcome.of(e)), e);
        }
    }

    private Connection connection(String what) {
        try {
            return pool.getConnection();
        } catch (SQLException e) {
            throw new StorageException(describe(what, e, SqlOutcome.ROLLED_BACK), e);
        }
    }

    private static <T> T committed(Connection connection, Work<T> work) throws SQLException {
        boolean isCommitted = false;
        try {
            T result = work.run(connection);
            connection.commit();
            isCommitted = true;
            return result;
        } finally {
            if (!isCommitted) {
                rollBack(connection);
            }
        }
    }

    private static void rollBack(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            // The failure that led here says more; the pool throws a broken connection away.
        }
    }

    private static String describe(String what, SQLException failure, SqlOutcome outcome) {
        String stored = switch (outcome) {
            case ROLLED_BACK -> "Nothing of it was stored.";
            case UNKNOWN -> "Whether it was stored is unknown.";
        };
        return "The database could not " + what + ": " + failure.getMessage() + " (SQLState " + failure.getSQLState()
                + "). " + stored;
    }

    /** Connections in use now. */
    public int connectionsActive() {
        var poolState = pool.getHikariPoolMXBean();
        return poolState == null ? 0 : poolState.getActiveConnections();
    }

    /** True if the database answers within a second. */
    public boolean isReachable() {
        try (Connection connection = pool.getConnection()) {
            return connection.isValid(1);
        } catch (SQLException e) {
            return false;
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
