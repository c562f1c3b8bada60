package io.millrace.storage.readmodel;

import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.job.AttemptState;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.work.JobKind;
import org.jspecify.annotations.Nullable;

/** Numbers that stand for enum values in rows. They are written out, so that reordering an enum changes no stored row. */
final class StoredCodes {
    private StoredCodes() {}

    static short of(JobState state) {
        return switch (state) {
            case SCHEDULED -> 1;
            case BLOCKED -> 2;
            case QUEUED -> 3;
            case RUNNING -> 4;
            case SUCCEEDED -> 5;
            case FAILED -> 6;
            case CANCELLED -> 7;
            case LOST -> 8;
        };
    }

    static JobState jobState(int code) {
        return switch (code) {
            case 1 -> JobState.SCHEDULED;
            case 2 -> JobState.BLOCKED;
            case 3 -> JobState.QUEUED;
            case 4 -> JobState.RUNNING;
            case 5 -> JobState.SUCCEEDED;
            case 6 -> JobState.FAILED;
            case 7 -> JobState.CANCELLED;
            case 8 -> JobState.LOST;
            default -> throw unknown("job state", code);
        };
    }

    /** The state as the index of notable jobs has it, absent for the two states of nearly every job. */
    static @Nullable Short notable(JobState state) {
        return isNotable(state) ? of(state) : null;
    }

    static boolean isNotable(JobState state) {
        return state != JobState.QUEUED && state != JobState.SUCCEEDED;
    }

    static short of(JobKind kind) {
        return switch (kind) {
            case PROCESS -> 1;
            case HANDLER -> 2;
            case HTTP -> 3;
        };
    }

    static JobKind jobKind(int code) {
        return switch (code) {
            case 1 -> JobKind.PROCESS;
            case 2 -> JobKind.HANDLER;
            case 3 -> JobKind.HTTP;
            default -> throw unknown("job kind", code);
        };
    }

    static short of(Priority priority) {
        return switch (priority) {
            case HIGH -> 1;
            case MEDIUM -> 2;
            case LOW -> 3;
        };
    }

    static Priority priority(int code) {
        return switch (code) {
            case 1 -> Priority.HIGH;
            case 2 -> Priority.MEDIUM;
            case 3 -> Priority.LOW;
            default -> throw unknown("priority", code);
        };
    }

    static short of(AttemptState state) {
        return switch (state) {
            case RUNNING -> 1;
            case SUCCEEDED -> 2;
            case FAILED -> 3;
            case CANCELLED -> 4;
            case LOST -> 5;
        };
    }

    static AttemptState attemptState(int code) {
        return switch (code) {
            case 1 -> AttemptState.RUNNING;
            case 2 -> AttemptState.SUCCEEDED;
            case 3 -> AttemptState.FAILED;
            case 4 -> AttemptState.CANCELLED;
            case 5 -> AttemptState.LOST;
            default -> throw unknown("attempt state", code);
        };
    }

    static short of(ChannelState state) {
        return switch (state) {
            case ACTIVE -> 1;
            case PAUSED -> 2;
            case DRAINING -> 3;
            case DEGRADED -> 4;
            case DELETING -> 5;
        };
    }

    static ChannelState channelState(int code) {
        return switch (code) {
            case 1 -> ChannelState.ACTIVE;
            case 2 -> ChannelState.PAUSED;
            case 3 -> ChannelState.DRAINING;
            case 4 -> ChannelState.DEGRADED;
            case 5 -> ChannelState.DELETING;
            default -> throw unknown("channel state", code);
        };
    }

    private static IllegalStateException unknown(String what, int code) {
        return new IllegalStateException("The database holds the " + what + " " + code
                + ", which this version does not know. A newer version wrote it; run that one.");
    }
}
