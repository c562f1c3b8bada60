package io.millrace.storage;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.ValueCodec;
import io.millrace.domain.port.LogArchive;
import io.millrace.domain.port.ReadModel;
import io.millrace.storage.database.Database;
import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.database.DurabilityCheck;
import io.millrace.storage.handle.HandleKey;
import io.millrace.storage.journal.JournalTables;
import io.millrace.storage.logs.SqlLogArchive;
import io.millrace.storage.readmodel.SqlReadModel;
import io.millrace.storage.schema.Migrations;
import java.sql.Connection;
import java.sql.SQLException;

/** An open database whose durability is checked and whose schema is up to date. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class Storage implements AutoCloseable {
    /** What stands before a channel's name in its persistence id in the journal. */
    public static final String PERSISTENCE_ID_PREFIX = SqlReadModel.PERSISTENCE_ID_PREFIX;

    private final Database database;
    private final ReadModel readModel;
    private final LogArchive logArchive;
    private final JournalTables journalTables;
    private final HandleKey handleKey;

    private Storage(Database database, ReadModel readModel, LogArchive logArchive) {
        this.database = database;
        this.readModel = readModel;
        this.logArchive = logArchive;
        this.journalTables = new JournalTables(database);
        this.handleKey = new HandleKey(database);
    }

    /**
     * Opens a database: checks that it keeps what it acknowledges, then brings the schema up to date. Any number of
     * nodes may do so at the same time.
     *
     * @throws io.millrace.contracts.MillraceException UNAVAILABLE if the database cannot be reached, INVALID_STATE if
     *     it is not safe or its schema is newer than this version or was changed by hand
     */
    public static Storage open(DatabaseAddress address, StorageSettings settings, ValueCodec codec) {
        try (Connection connection = Database.connect(address)) {
            DurabilityCheck.check(connection, settings.isUnsafeDatabaseAllowed());
        } catch (SQLException e) {
            throw Database.unreachable(address, e).asException();
        }
        Migrations.run(address);
        Database database = Database.open(address, settings);
        return new Storage(database, new SqlReadModel(database, codec), new SqlLogArchive(database));
    }

    public ReadModel readModel() {
        return readModel;
    }

    public LogArchive logArchive() {
        return logArchive;
    }

    public JournalTables journalTables() {
        return journalTables;
    }

    public HandleKey handleKey() {
        return handleKey;
    }

    /** Connections in use now. */
    public int connectionsActive() {
        return database.connectionsActive();
    }

    /** True if the database answers now. */
    public boolean isReachable() {
        return database.isReachable();
    }

    /** Gives all connections back. Calls that run end with an error. */
    @Override
    public void close() {
        database.close();
    }
}
