package io.millrace.storage.database;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is known about a transaction that failed. */
public enum SqlOutcome {
    /** The database refused it and rolled it back: nothing of it was stored. */
    ROLLED_BACK,
    /** It may have been committed: the connection broke, time ran out, or the server stopped. */
    UNKNOWN;

    /** Serialization failure and deadlock. Class 23, violated constraints, is definite as a whole. */
    private static final Set<String> ROLLED_BACK_STATES = Set.of("40001", "40P01");

    /**
     * Judges a failure by the SQLStates in it; batches hide the telling one behind {@code getNextException}.
     *
     * @return {@code ROLLED_BACK} only if a state says so beyond doubt
     */
    public static SqlOutcome of(@Nullable Throwable failure) {
        int depth = 0;
        for (Throwable t = failure; t != null && depth < 32; t = t.getCause(), depth++) {
            if (t instanceof SQLException sql && anyDefinite(sql)) {
                return ROLLED_BACK;
            }
        }
        return UNKNOWN;
    }

    private static boolean anyDefinite(SQLException failure) {
        int length = 0;
        for (SQLException e = failure; e != null && length < 1_000; e = e.getNextException(), length++) {
            String state = e.getSQLState();
            if (state != null && (state.startsWith("23") || ROLLED_BACK_STATES.contains(state))) {
                return true;
            }
        }
        return false;
    }
}
