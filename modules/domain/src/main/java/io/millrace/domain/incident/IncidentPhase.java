package io.millrace.domain.incident;

import io.millrace.contracts.incident.IncidentState;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How far an incident is, with what is true of it only then. */
public sealed interface IncidentPhase {

    IncidentState state();

    /** Since when, in milliseconds since the epoch. */
    long sinceMillis();

    /**
     * Nobody works on it.
     *
     * @param acknowledged who has seen it, absent if nobody has said so
     */
    record Open(long sinceMillis, @Nullable Mark acknowledged) implements IncidentPhase {
        @Override
        public IncidentState state() {
            return IncidentState.OPEN;
        }
    }

    /** Somebody looks for the cause. */
    record Investigating(Mark begun) implements IncidentPhase {
        @Override
        public IncidentState state() {
            return IncidentState.INVESTIGATING;
        }

        @Override
        public long sinceMillis() {
            return begun.atMillis();
        }
    }

    /** It is said to be over. */
    record Resolved(Mark done) implements IncidentPhase {
        @Override
        public IncidentState state() {
            return IncidentState.RESOLVED;
        }

        @Override
        public long sinceMillis() {
            return done.atMillis();
        }
    }

    /**
     * Nothing is left to be done about it.
     *
     * @param mergedInto incident that it is a part of, absent if it is one by itself
     */
    record Closed(Mark done, @Nullable UUID mergedInto) implements IncidentPhase {
        @Override
        public IncidentState state() {
            return IncidentState.CLOSED;
        }

        @Override
        public long sinceMillis() {
            return done.atMillis();
        }
    }
}
