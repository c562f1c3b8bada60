package io.millrace.domain.process;

import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessState;
import org.jspecify.annotations.Nullable;

/** Where a process is, with what is known only there. Times are in milliseconds since the epoch. */
public sealed interface ProcessPhase {
    /** As its user sees it. */
    ProcessState state();

    /** When it came there. */
    long sinceMillis();

    /**
     * No run of it is under way; one starts when its time has come and what it depends on is there.
     *
     * @param notBeforeMillis earliest begin of the next run
     * @param error why its latest run failed, absent if it did not
     */
    record Waiting(
            long sinceMillis,
            long notBeforeMillis,
            @Nullable Problem error) implements ProcessPhase {
        @Override
        public ProcessState state() {
            return ProcessState.PENDING;
        }
    }

    /** A run of it is being started: the system may have done so already. */
    record Starting(long sinceMillis) implements ProcessPhase {
        @Override
        public ProcessState state() {
            return ProcessState.PENDING;
        }
    }

    /** Its run is up. */
    record Running(long sinceMillis) implements ProcessPhase {
        @Override
        public ProcessState state() {
            return ProcessState.RUNNING;
        }
    }

    /** Its run is being stopped; it may not be up yet. */
    record Stopping(long sinceMillis, StopCause cause) implements ProcessPhase {
        @Override
        public ProcessState state() {
            return ProcessState.STOPPING;
        }
    }

    /**
     * It has ended, and only its user starts it again.
     *
     * @param error why it failed or is lost, absent if neither
     */
    record Ended(
            ProcessState state, long sinceMillis, @Nullable Problem error) implements ProcessPhase {}
}
