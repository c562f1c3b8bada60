package io.millrace.node.journal;

import java.sql.SQLException;
import org.apache.pekko.dispatch.Recover;
import org.apache.pekko.persistence.jdbc.config.JournalConfig;
import org.apache.pekko.persistence.jdbc.journal.dao.DefaultJournalDao;
import org.apache.pekko.persistence.jdbc.journal.dao.JournalTables.JournalPekkoSerializationRow;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.stream.Materializer;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.collection.immutable.Set;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.runtime.BoxedUnit;
import slick.dbio.DBIOAction;
import slick.jdbc.JdbcBackend;
import slick.jdbc.JdbcProfile;

/**
 * Keeps one channel's failure from another. The plugin writes rows of several channels in one transaction, so one
 * duplicate key, which is how a stale owner is found out, would fail all of them. Here, when a transaction was rolled
 * back because of an integrity violation, the rows of each channel are written once more by themselves: only the guilty
 * one fails.
 *
 * <p>Only that case is tried again. The database says that nothing was stored; any other failure leaves the outcome
 * unknown, and a second write could then be mistaken for somebody else's.
 *
 * <p>A row that comes alone is a transaction by itself, which the database commits with the statement: one round trip
 * instead of two.
 */
public final class IsolatingJournalDao extends DefaultJournalDao {
    private static final String INTEGRITY_VIOLATION = "23";
    private static final int CAUSES_MAX = 20;

    /** Called by the plugin, which finds the class by its configured name. */
    public IsolatingJournalDao(
            JdbcBackend.JdbcDatabaseDef database,
            JdbcProfile profile,
            JournalConfig configuration,
            Serialization serialization,
            ExecutionContext executionContext,
            Materializer materializer) {
        super(database, profile, configuration, serialization, executionContext, materializer);
    }

    @Override
    public Future<BoxedUnit> queueWriteJournalRows(Seq<Tuple2<JournalPekkoSerializationRow, Set<String>>> rows) {
        return super.queueWriteJournalRows(rows).recoverWith(writeAlone(rows), ec());
    }

    @Override
    public Future<BoxedUnit> writeJournalRows(Seq<Tuple2<JournalPekkoSerializationRow, Set<String>>> rows) {
        if (rows.size() != 1 || rows.head()._2().nonEmpty()) {
            return super.writeJournalRows(rows);
        }
        @SuppressWarnings({"rawtypes", "unchecked"}) // Java cannot name the type that is asked for.
        Future<Object> written = db().run((DBIOAction) queries().writeJournalRows(rows, ec()));
        return written.map(_ -> BoxedUnit.UNIT, ec());
    }

    private Recover<Future<BoxedUnit>> writeAlone(Seq<Tuple2<JournalPekkoSerializationRow, Set<String>>> rows) {
        return new Recover<>() {
            @Override
            public Future<BoxedUnit> recover(Throwable failure) throws Throwable {
                if (isIntegrityViolation(failure)) {
                    return writeJournalRows(rows);
                }
                throw failure;
            }
        };
    }

    /** Looks through causes and the chain a batch update hangs its real failure on. */
    static boolean isIntegrityViolation(Throwable failure) {
        int seen = 0;
        for (Throwable cause = failure; cause != null && seen < CAUSES_MAX; cause = next(cause)) {
            if (cause instanceof SQLException sql
                    && sql.getSQLState() != null
                    && sql.getSQLState().startsWith(INTEGRITY_VIOLATION)) {
                return true;
            }
            seen++;
        }
        return false;
    }

    private static @Nullable Throwable next(Throwable failure) {
        return failure instanceof SQLException sql && sql.getNextException() != null
                ? sql.getNextException()
                : failure.getCause();
    }
}
