package io.millrace.domain.cleanup;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.StepStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that became true about the cleanup of a channel. Stored for ever: fields may be added that may be absent, no
 * field changes its meaning.
 */
public sealed interface CleanupChange {

    /** By how many more executions are under way from here on; -1 if one has ended. */
    default int executionsBegun() {
        return switch (this) {
            case RunStarted _ -> 1;
            case RollbackStarted(var _, var reopens) -> reopens ? 1 : 0;
            case RunEnded _ -> -1;
            case Registered _, Removed _, StepStarted _, StepEnded _, ItemsReturned _ -> 0;
        };
    }

    /**
     * A task was registered.
     *
     * @param dependents other channels that may depend on it, empty for any
     * @param task the whole task as UTF-8 JSON; opaque here. Not copied: nobody writes into it
     */
    record Registered(
            CleanupName name,
            List<CleanupReference> dependsOn,
            List<ChannelName> dependents,
            boolean isRepeatable,
            boolean isReversible,
            byte[] task)
            implements CleanupChange {
        public Registered {
            dependsOn = dependsOn == null ? List.of() : List.copyOf(dependsOn);
            dependents = dependents == null ? List.of() : List.copyOf(dependents);
        }
    }

    record Removed(CleanupName name) implements CleanupChange {}

    /** A change of one execution. */
    sealed interface OfRun extends CleanupChange {
        /** Number of the execution; rises within the channel. */
        long run();
    }

    /**
     * An execution has begun.
     *
     * @param root task that was asked for, absent unless the cause is {@link RunCause#TASK}
     * @param job whose attempt has ended, absent unless the cause is {@link RunCause#ATTEMPT}; so are its number and epoch
     * @param steps in the order in which they may run
     */
    record RunStarted(
            long run,
            RunCause cause,
            @Nullable CleanupName root,
            @Nullable JobId job,
            @Nullable Integer attempt,
            @Nullable Long epoch,
            List<PlannedStep> steps)
            implements OfRun {
        public RunStarted {
            steps = List.copyOf(steps);
        }
    }

    /**
     * A step is about to act. Stored before anything outside the channel happens for it.
     *
     * @param number of the try, from 1
     */
    record StepStarted(long run, CleanupName step, StepPhase phase, int number, String node) implements OfRun {}

    /**
     * A step has ended, or will never start.
     *
     * @param status {@code COMPLETE}, {@code FAILED} or {@code SKIPPED}; {@code UNDONE} or {@code UNDO_FAILED}
     * @param error absent if it has worked
     */
    record StepEnded(
            long run,
            CleanupName step,
            StepStatus status,
            @Nullable Problem error,
            long durationMillis,
            Released released)
            implements OfRun {
        public StepEnded {
            released = released == null ? Released.NOTHING : released;
        }
    }

    /**
     * Somebody asked for the execution to be taken back. No further step acts; what has acted is undone.
     *
     * @param reopens true if the execution had ended before
     */
    record RollbackStarted(long run, boolean reopens) implements OfRun {}

    /**
     * An execution, or its rollback, has ended.
     *
     * @param isMemoryReclaimed absent if that was not checked
     * @param problems what was found wrong when everything was checked at the end
     * @param returned what went back at the end, beside what its steps gave back
     * @param isBreached true if it was stopped because the channel is not isolated
     */
    record RunEnded(
            long run,
            CleanupStatus status,
            Released released,
            @Nullable Boolean isMemoryReclaimed,
            List<String> problems,
            List<ReturnedItem> returned,
            boolean isBreached)
            implements OfRun {
        public RunEnded {
            released = released == null ? Released.NOTHING : released;
            problems = problems == null ? List.of() : List.copyOf(problems);
            returned = returned == null ? List.of() : List.copyOf(returned);
        }
    }

    /**
     * What an attempt held is back. Comes behind the end of the execution of its tasks, before that of the attempt.
     *
     * @param returned in the order in which it went back
     */
    record ItemsReturned(long run, List<ReturnedItem> returned) implements OfRun {
        public ItemsReturned {
            returned = List.copyOf(returned);
        }
    }
}
