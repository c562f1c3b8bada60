package io.millrace.node;

import io.millrace.node.config.NodeConfig;
import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.embedded.DataDirectory;
import io.millrace.storage.embedded.PrivateDatabase;
import io.millrace.storage.embedded.PrivateDatabaseSettings;
import io.millrace.storage.embedded.PrivateDatabaseSupervisor;

/**
 * The embedded database by itself, for several nodes on one machine. Its address is in the file {@code postgres/url} of
 * the data directory, readable for its owner alone.
 */
final class DatabaseServer implements AutoCloseable {
    private final DataDirectory directory;
    private final PrivateDatabase database;

    private final PrivateDatabaseSupervisor supervisor;

    private DatabaseServer(DataDirectory directory, PrivateDatabase database) {
        this.directory = directory;
        this.database = database;
        this.supervisor = PrivateDatabaseSupervisor.start(database);
    }

    static DatabaseServer start(NodeConfig config) {
        DataDirectory directory = DataDirectory.open(config.data());
        try {
            return new DatabaseServer(directory, PrivateDatabase.start(directory, PrivateDatabaseSettings.DEFAULT));
        } catch (RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    /** Where nodes reach it. */
    DatabaseAddress address() {
        return database.address();
    }

    /** Host, port and database, without credentials. */
    String location() {
        return database.address().location();
    }

    /** Stops the server; every committed transaction is safe. */
    @Override
    public void close() {
        supervisor.close();
        database.stop();
        directory.close();
    }
}
