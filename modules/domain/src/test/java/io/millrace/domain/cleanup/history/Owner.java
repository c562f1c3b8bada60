package io.millrace.domain.cleanup.history;

import static io.millrace.domain.cleanup.history.BrokenPromise.unless;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.cleanup.CleanupBook;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupDecision;
import io.millrace.domain.cleanup.CleanupRules;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.PlannedStep;
import io.millrace.domain.cleanup.RunStep;
import io.millrace.domain.cleanup.StepPhase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * What the cleanup manager of one owner does, without an actor: decides at once, has it stored, and acts once it is. All
 * it knows besides the book is gone when it crashes.
 */
final class Owner {
    private final String node;
    private final CleanupRules rules;
    private final CleanupBook book;
    private final Outside outside;
    private final Random random;
    private final Flaw flaw;
    private final Deque<CleanupChange> pending = new ArrayDeque<>();
    /** Steps that act now, in the order in which they began. */
    private final Set<Acting> acting = new LinkedHashSet<>();

    /** A step that acts. */
    private record Acting(long run, CleanupName step) {}

    /** Where decisions and deeds go. */
    interface Outside {
        void store(CleanupChange change);

        void acts(CleanupChange.StepStarted started);

        long now();
    }

    Owner(String node, CleanupRules rules, CleanupBook book, Outside outside, Random random, Flaw flaw) {
        this.node = node;
        this.rules = rules;
        this.book = book;
        this.outside = outside;
        this.random = random;
        this.flaw = flaw;
    }

    CleanupBook book() {
        return book;
    }

    boolean isIdle() {
        return pending.isEmpty() && acting.isEmpty() && book.active().isEmpty();
    }

    // Wishes

    void ask(CleanupDecision decision) {
        switch (decision) {
            case CleanupDecision.Accepted(var changes) ->
                decide(changes.stream().map(this::withFlaw).toList());
            case CleanupDecision.Refused refused ->
                unless(refused.problem().code() != ErrorCode.INTERNAL, () -> "refused by a defect");
            case CleanupDecision.Joined joined ->
                unless(book.run(joined.run()) != null, () -> "joined an execution nobody knows");
            case CleanupDecision.Deferred deferred -> {
                CleanupRun run = book.run(deferred.behindRun());
                unless(run != null && run.isActive(), () -> "waits for an execution that has ended");
            }
        }
    }

    /** Begins a second execution of steps that are in one, which the rules would not. */
    void askWithoutJoining(CleanupRun under) {
        List<PlannedStep> steps = under.steps().stream().map(RunStep::plan).toList();
        decide(List.of(new CleanupChange.RunStarted(
                book.lastRun() + 1, under.cause(), under.root(), null, null, null, steps)));
    }

    private CleanupChange withFlaw(CleanupChange change) {
        if (flaw != Flaw.FORGETS_WHAT_IS_DONE || !(change instanceof CleanupChange.RunStarted started)) {
            return change;
        }
        List<PlannedStep> steps = started.steps().stream()
                .map(step -> new PlannedStep(
                        step.name(),
                        step.dependsOn(),
                        step.waitsFor(),
                        step.isRepeatable(),
                        step.isReversible(),
                        false))
                .toList();
        return new CleanupChange.RunStarted(
                started.run(),
                started.cause(),
                started.root(),
                started.job(),
                started.attempt(),
                started.epoch(),
                steps);
    }

    // Going on

    /** What a new owner does first. */
    void resume() {
        if (flaw == Flaw.RESUMES_NOTHING) {
            return;
        }
        for (CleanupRun run : List.copyOf(book.active())) {
            List<CleanupChange> changes = new ArrayList<>();
            for (CleanupChange change : rules.resume(run, node)) {
                boolean isRepeated = flaw == Flaw.REPEATS_WHAT_MAY_ACT_ONCE
                        && change instanceof CleanupChange.StepEnded ended
                        && ended.status() == StepStatus.FAILED
                        && !run.isRollingBack();
                changes.add(isRepeated ? rules.retry(run, ((CleanupChange.StepEnded) change).step(), node) : change);
            }
            decide(changes);
        }
    }

    /** Lets one of the executions go on. */
    void advance() {
        List<CleanupRun> active = List.copyOf(book.active());
        if (active.isEmpty()) {
            return;
        }
        CleanupRun run = active.get(random.nextInt(active.size()));
        if (rules.isReadyToEnd(run) || flaw == Flaw.ENDS_EARLY && noneActs(run) && random.nextInt(4) == 0) {
            decide(List.of(withFlaw(rules.end(run, Released.NOTHING, null, List.of()))));
        } else {
            decide(flawed(run, rules.advance(book, run, node, _ -> random.nextBoolean())));
        }
    }

    private CleanupChange.RunEnded withFlaw(CleanupChange.RunEnded ended) {
        return flaw == Flaw.CALLS_EVERYTHING_COMPLETE
                ? new CleanupChange.RunEnded(
                        ended.run(), CleanupStatus.COMPLETE, Released.NOTHING, null, List.of(), List.of(), false)
                : ended;
    }

    private static boolean noneActs(CleanupRun run) {
        return run.steps().stream().noneMatch(RunStep::isActing);
    }

    private List<CleanupChange> flawed(CleanupRun run, List<CleanupChange> changes) {
        return switch (flaw) {
            case IGNORES_DEPENDENCIES -> run.isRollingBack() ? changes : started(run, StepPhase.ACTION);
            case UNDOES_IN_ANY_ORDER -> run.isRollingBack() ? undoneInAnyOrder(run, changes) : changes;
            case LEAVES_FAILED_STEPS ->
                run.isRollingBack()
                        ? changes.stream().map(change -> leaving(run, change)).toList()
                        : changes;
            default -> changes;
        };
    }

    private List<CleanupChange> undoneInAnyOrder(CleanupRun run, List<CleanupChange> changes) {
        List<CleanupChange> others = new ArrayList<>(changes);
        others.removeIf(CleanupChange.StepStarted.class::isInstance);
        others.addAll(started(run, StepPhase.UNDO));
        return others;
    }

    private List<CleanupChange> started(CleanupRun run, StepPhase phase) {
        return run.steps().stream()
                .filter(step -> phase == StepPhase.ACTION
                        ? step.status() == StepStatus.PENDING
                        : step.isToBeUndone() && !step.isActing())
                .limit(1)
                .<CleanupChange>map(step ->
                        new CleanupChange.StepStarted(run.number(), step.name(), phase, step.undoTries() + 1, node))
                .toList();
    }

    private static CleanupChange leaving(CleanupRun run, CleanupChange change) {
        boolean isOfFailed = change instanceof CleanupChange.StepStarted started
                && run.steps().stream()
                        .anyMatch(step -> step.name().equals(started.step()) && step.status() == StepStatus.FAILED);
        return isOfFailed
                ? new CleanupChange.StepEnded(
                        run.number(),
                        ((CleanupChange.StepStarted) change).step(),
                        StepStatus.SKIPPED,
                        null,
                        0,
                        Released.NOTHING)
                : change;
    }

    /** Ends something that acts, or tries it once more. */
    void endStep(boolean canFail) {
        if (acting.isEmpty()) {
            return;
        }
        List<Acting> all = List.copyOf(acting);
        Acting one = all.get(random.nextInt(all.size()));
        CleanupRun run = book.run(one.run());
        RunStep step = run == null ? null : run.step(one.step());
        if (run == null || step == null || !step.isActing()) {
            acting.remove(one);
            return;
        }
        acting.remove(one);
        boolean hasWorked = !canFail || random.nextInt(5) < 3;
        if (!hasWorked && rules.mayRetry(run, one.step()) && random.nextBoolean()) {
            decide(List.of(rules.retry(run, one.step(), node)));
            return;
        }
        StepStatus status = step.phase() == StepPhase.UNDO
                ? hasWorked ? StepStatus.UNDONE : StepStatus.UNDO_FAILED
                : hasWorked ? StepStatus.COMPLETE : StepStatus.FAILED;
        Problem error = hasWorked ? null : Problem.of(ErrorCode.INTERNAL, "Owner", "The step failed.");
        decide(List.of(new CleanupChange.StepEnded(one.run(), one.step(), status, error, 1, Released.NOTHING)));
    }

    // Storing

    private void decide(List<? extends CleanupChange> changes) {
        for (CleanupChange change : changes) {
            book.apply(change, outside.now(), 1, node);
            pending.add(change);
            if (flaw == Flaw.ACTS_BEFORE_STORED) {
                act(change);
            }
        }
    }

    /** Stores the earliest decisions; what follows from each happens then. */
    void store(int changes) {
        for (int i = 0; i < changes && !pending.isEmpty(); i++) {
            CleanupChange change = pending.remove();
            outside.store(change);
            if (flaw != Flaw.ACTS_BEFORE_STORED) {
                act(change);
            }
        }
    }

    private void act(CleanupChange change) {
        if (change instanceof CleanupChange.StepStarted started) {
            outside.acts(started);
            acting.add(new Acting(started.run(), started.step()));
        }
    }
}
