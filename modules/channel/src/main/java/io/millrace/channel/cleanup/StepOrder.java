package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.StepPhase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a step is to do in one try, whose start is stored.
 *
 * @param number of the try, from 1
 * @param behind attempt whose job declares the task, absent for a registered one
 * @param env variables of the channel
 * @param timeLeft of the step's time, that of earlier tries taken off
 */
record StepOrder(
        Key key, int number, CleanupTask task, @Nullable AttemptId behind, Map<String, String> env, Duration timeLeft) {
    StepOrder {
        env = Map.copyOf(env);
    }

    /** Names a step of an execution, and whether its action or its undo is meant. */
    record Key(long run, CleanupName step, StepPhase phase) {
        static Key of(CleanupChange.StepStarted started) {
            return new Key(started.run(), started.step(), started.phase());
        }
    }

    /** What to do one behind the other; each has to work. */
    List<CleanupAction> actions() {
        if (isBuiltInUndo()) {
            return List.of(task.action());
        }
        if (key.phase == StepPhase.UNDO) {
            return List.of(task.undo());
        }
        return task.check() == null ? List.of(task.action()) : List.of(task.action(), task.check());
    }

    /** True if a release is to be taken back, which no action of the task describes. */
    boolean isBuiltInUndo() {
        return key.phase == StepPhase.UNDO && task.undo() == null;
    }
}
