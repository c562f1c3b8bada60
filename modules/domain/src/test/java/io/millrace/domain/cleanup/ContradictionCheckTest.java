package io.millrace.domain.cleanup;

import static io.millrace.domain.cleanup.TestTask.name;
import static io.millrace.domain.cleanup.TestTask.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContradictionCheckTest {
    private final BookUnderTest book = BookUnderTest.with(
            task("a"),
            task("b").behind("a"),
            task("once").onceOnly(),
            task("fixed").withoutUndo());

    @Test
    void tasksAndTheirNames() {
        refused("registered already", task("a").registered());
        refused("registered already", task("new").registered(), task("new").registered());
        refused("no task", new CleanupChange.Removed(name("unknown")));
        book.start("b");
        refused("being executed", new CleanupChange.Removed(name("a")));
        possible(
                task("new").registered(),
                new CleanupChange.Removed(name("new")),
                task("new").registered());
    }

    @Test
    void numbersAndTasksOfExecutions() {
        book.start("a");

        refused("not above", runStarted(1, "once"));
        refused("executed already", runStarted(2, "a"));
        refused("executed already", runStarted(2, "once"), runStarted(3, "once"));
        refused("which is no task", runStarted(2, "unknown"));
        refused("no execution 9", stepStarted(9, "a", StepPhase.ACTION, 1));
        possible(runStarted(2, "once"), runStarted(3, "fixed"));
    }

    @Test
    void aStepBeforeWhatItDependsOn() {
        book.start("b");

        refused("cannot start", stepStarted(1, "b", StepPhase.ACTION, 1));
        possible(
                stepStarted(1, "a", StepPhase.ACTION, 1),
                stepEnded(1, "a", StepStatus.COMPLETE),
                stepStarted(1, "b", StepPhase.ACTION, 1));
    }

    @Test
    void aStepThatMayActOnceOnlyAndTheNumbersOfTries() {
        CleanupRun run = book.start("once");
        book.advance(run);
        CleanupRun repeatable = book.start("a");
        book.advance(repeatable);

        refused("try 2", stepStarted(1, "once", StepPhase.ACTION, 2));
        refused("try 3", stepStarted(2, "a", StepPhase.ACTION, 3));
        refused("try 1", stepStarted(2, "a", StepPhase.ACTION, 1));
        possible(stepStarted(2, "a", StepPhase.ACTION, 2));
    }

    @Test
    void theEndOfAStepThatDoesNotAct() {
        CleanupRun run = book.start("b");

        refused("COMPLETE while it is PENDING", stepEnded(1, "a", StepStatus.COMPLETE));
        book.advance(run);
        refused("SKIPPED while it is RUNNING", stepEnded(1, "a", StepStatus.SKIPPED));
        refused("UNDONE while it is RUNNING", stepEnded(1, "a", StepStatus.UNDONE));
        refused("PENDING while it is RUNNING", stepEnded(1, "a", StepStatus.PENDING));
        refused("not there", stepEnded(1, "once", StepStatus.COMPLETE));
    }

    @Test
    void anEndWithOpenSteps() {
        CleanupRun run = book.start("a");

        refused("does not fit", runEnded(1, CleanupStatus.FAILED));
        book.advance(run);
        refused("does not fit", runEnded(1, CleanupStatus.FAILED));
        book.complete(run, "a");
        refused("does not fit", runEnded(1, CleanupStatus.ROLLED_BACK));
        refused("does not fit", runEnded(1, CleanupStatus.RUNNING));
        possible(runEnded(1, CleanupStatus.COMPLETE));
        refused("execution has ended", runEnded(1, CleanupStatus.COMPLETE), stepStarted(1, "a", StepPhase.ACTION, 2));
    }

    @Test
    void anUndoOutsideARollbackOrBeforeThatOfADependent() {
        CleanupRun run = book.start("b");
        book.advance(run);
        book.complete(run, "a");
        book.advance(run);
        book.complete(run, "b");

        refused("cannot start", stepStarted(1, "b", StepPhase.UNDO, 1));
        book.rollback("b");
        refused("cannot start", stepStarted(1, "a", StepPhase.UNDO, 1));
        refused("cannot start", stepStarted(1, "b", StepPhase.ACTION, 2));
        refused("under way", new CleanupChange.RollbackStarted(1, true));
        possible(
                stepStarted(1, "b", StepPhase.UNDO, 1),
                stepEnded(1, "b", StepStatus.UNDONE),
                stepStarted(1, "a", StepPhase.UNDO, 1));
    }

    @Test
    void whatAnAttemptHeldBehindAnExecutionThatIsBehindNone() {
        book.start("a");

        refused("behind none", new CleanupChange.ItemsReturned(1, List.of()));
        refused("no execution 2", new CleanupChange.ItemsReturned(2, List.of()));
    }

    private void refused(String why, CleanupChange... changes) {
        assertThat(ContradictionCheck.find(book.book, List.of(changes))).contains(why);
    }

    private void possible(CleanupChange... changes) {
        assertThat(ContradictionCheck.find(book.book, List.of(changes))).isNull();
    }

    private static CleanupChange runStarted(long number, String task) {
        PlannedStep step = new PlannedStep(name(task), List.of(), List.of(), true, true, false);
        return new CleanupChange.RunStarted(number, RunCause.TASK, name(task), null, null, null, List.of(step));
    }

    private static CleanupChange stepStarted(long run, String step, StepPhase phase, int number) {
        return new CleanupChange.StepStarted(run, name(step), phase, number, "n1");
    }

    private static CleanupChange stepEnded(long run, String step, StepStatus status) {
        return new CleanupChange.StepEnded(run, name(step), status, null, 1, Released.NOTHING);
    }

    private static CleanupChange runEnded(long run, CleanupStatus status) {
        return new CleanupChange.RunEnded(run, status, Released.NOTHING, null, List.of(), List.of(), false);
    }
}
