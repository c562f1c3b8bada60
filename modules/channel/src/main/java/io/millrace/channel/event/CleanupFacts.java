package io.millrace.channel.event;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.StepPhase;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What users read about a change of a cleanup. Each change is one event. */
final class CleanupFacts {
    private CleanupFacts() {}

    static String type(CleanupChange change) {
        return switch (change) {
            case CleanupChange.Registered _ -> "cleanup.registered";
            case CleanupChange.Removed _ -> "cleanup.removed";
            case CleanupChange.RunStarted _ -> "cleanup.started";
            case CleanupChange.StepStarted started ->
                started.phase() == StepPhase.UNDO ? "cleanup.undoStarted" : "cleanup.stepStarted";
            case CleanupChange.StepEnded ended ->
                switch (ended.status()) {
                    case COMPLETE -> "cleanup.stepCompleted";
                    case FAILED -> "cleanup.stepFailed";
                    case SKIPPED -> "cleanup.stepSkipped";
                    case UNDONE -> "cleanup.stepUndone";
                    case UNDO_FAILED -> "cleanup.undoFailed";
                    case PENDING, RUNNING, UNDOING -> throw new IllegalStateException("not an end: " + ended.status());
                };
            case CleanupChange.RollbackStarted _ -> "cleanup.rollbackStarted";
            case CleanupChange.RunEnded _ -> "cleanup.ended";
            case CleanupChange.ItemsReturned _ -> "cleanup.returned";
        };
    }

    /** Job the change belongs to, absent if it belongs to none. */
    static @Nullable JobId job(CleanupChange change) {
        return change instanceof CleanupChange.RunStarted started ? started.job() : null;
    }

    static Map<String, Object> of(CleanupChange change) {
        Map<String, Object> facts = new HashMap<>();
        switch (change) {
            case CleanupChange.Registered registered ->
                facts.put("task", registered.name().value());
            case CleanupChange.Removed removed ->
                facts.put("task", removed.name().value());
            case CleanupChange.OfRun ofRun -> {
                facts.put("run", ofRun.run());
                addTo(facts, ofRun);
            }
        }
        return facts;
    }

    private static void addTo(Map<String, Object> facts, CleanupChange.OfRun change) {
        switch (change) {
            case CleanupChange.RunStarted started -> {
                facts.put("cause", started.cause().name());
                facts.put("steps", started.steps().size());
                if (started.root() != null) {
                    facts.put("task", started.root().value());
                }
            }
            case CleanupChange.StepStarted started -> {
                facts.put("task", started.step().value());
                facts.put("try", started.number());
                facts.put("node", started.node());
            }
            case CleanupChange.StepEnded ended -> {
                facts.put("task", ended.step().value());
                facts.put("durationMillis", ended.durationMillis());
                addTo(facts, ended.error());
            }
            case CleanupChange.RollbackStarted _ -> {
                // Which execution it is says everything.
            }
            case CleanupChange.ItemsReturned items ->
                facts.put(
                        "items",
                        items.returned().stream().mapToLong(ReturnedItem::count).sum());
            case CleanupChange.RunEnded ended -> {
                facts.put("status", ended.status().name());
                facts.put("problems", ended.problems().size());
            }
        }
    }

    private static void addTo(Map<String, Object> facts, @Nullable Problem error) {
        if (error != null) {
            facts.put("code", error.code().name());
            facts.put("detail", error.detail());
        }
    }
}
