package io.millrace.domain.cleanup;

import static io.millrace.domain.cleanup.BookUnderTest.accepted;
import static io.millrace.domain.cleanup.BookUnderTest.refused;
import static io.millrace.domain.cleanup.TestTask.name;
import static io.millrace.domain.cleanup.TestTask.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import java.util.List;
import org.junit.jupiter.api.Test;

class RollbackTest {
    private static final Released A_LOCK = new Released(0, 0, 1, 0, 0, 0);

    @Test
    void eachStepIsUndoneBehindAllThatDependOnIt() {
        BookUnderTest book = BookUnderTest.with(
                task("a"),
                task("b").behind("a"),
                task("c").behind("a"),
                task("d").behind("b", "c"));
        CleanupRun run = book.start("d");
        book.finish(run);

        book.rollback("d");

        assertThat(book.advance(run)).containsExactly("d");
        book.end(run, "d", StepStatus.UNDONE);
        assertThat(book.advance(run)).containsExactly("c", "b");
        book.end(run, "c", StepStatus.UNDONE);
        assertThat(book.advance(run)).as("b depends on a and is not undone").isEmpty();
        book.end(run, "b", StepStatus.UNDONE);
        assertThat(book.advance(run)).containsExactly("a");
        book.end(run, "a", StepStatus.UNDONE);
        assertThat(book.endRun(run)).isEqualTo(CleanupStatus.ROLLED_BACK);
        assertThat(book.status("b")).isEqualTo(CleanupStatus.ROLLED_BACK);
    }

    @Test
    void aFailedStepWithAnUndoIsUndoneAndOneWithoutCountsAsHavingDoneNothing() {
        BookUnderTest book = BookUnderTest.with(
                task("a"),
                task("half"),
                task("none").withoutUndo(),
                task("late").behind("half"));
        CleanupRun run = book.startAll();
        book.finish(run, "half", "none");

        book.rollback("late");
        List<String> undone = book.advance(run);

        assertThat(undone).containsExactlyInAnyOrder("a", "half");
    }

    @Test
    void anExecutionUnderWayIsStoppedAndWhatActsIsWaitedFor() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b"), task("c").behind("a", "b"));
        CleanupRun run = book.start("c");
        book.advance(run);
        book.complete(run, "a");

        book.rollback("c");
        List<String> undone = book.advance(run);

        assertThat(undone).containsExactly("a");
        assertThat(book.stepOf(run, "c")).isEqualTo(StepStatus.SKIPPED);
        assertThat(book.rules.isReadyToEnd(run)).isFalse();
        book.end(run, "b", StepStatus.FAILED);
        assertThat(book.advance(run)).containsExactly("b");
        book.end(run, "a", StepStatus.UNDONE);
        book.end(run, "b", StepStatus.UNDONE);
        assertThat(book.endRun(run)).isEqualTo(CleanupStatus.ROLLED_BACK);
    }

    @Test
    void askingAgainWhileItIsTakenBackChangesNothing() {
        BookUnderTest book = BookUnderTest.with(task("a"));
        CleanupRun run = book.start("a");
        book.finish(run);
        book.rollback("a");

        assertThat(book.rules.rollback(book.book, name("a"))).isEqualTo(new CleanupDecision.Joined(run.number()));
    }

    @Test
    void whatCannotBeTakenBackIsRefusedBeforeAnythingIsUndone() {
        BookUnderTest book = BookUnderTest.with(
                task("never"), task("a"), task("fixed").behind("a").withoutUndo(), task("lock"), task("back"));
        book.finish(book.start("fixed"));
        CleanupRun lock = book.start("lock");
        book.advance(lock);
        book.end(lock, "lock", StepStatus.COMPLETE, A_LOCK);
        book.endRun(lock);
        book.finish(book.start("back"));
        book.finish(book.rollback("back"));

        assertThat(refused(book.rules.rollback(book.book, name("unknown"))).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(reason(book, "never")).contains("has not been executed");
        assertThat(reason(book, "fixed")).contains("'fixed' has no undo");
        assertThat(reason(book, "lock")).contains("what it released is gone");
        assertThat(reason(book, "back")).contains("has been rolled back already");
        assertThat(book.book.active()).isEmpty();
        assertThat(book.status("a")).isEqualTo(CleanupStatus.COMPLETE);
    }

    @Test
    void whatWasOnlyWithheldGoesBack() {
        BookUnderTest book = BookUnderTest.with(task("lock"), task("z"));
        CleanupRun run = book.startAll();
        book.advance(run);
        book.end(run, "lock", StepStatus.COMPLETE, A_LOCK);
        book.end(run, "z", StepStatus.FAILED);
        book.endRun(run);

        assertThat(book.finish(book.rollback("lock"))).isEqualTo(CleanupStatus.ROLLED_BACK);
    }

    @Test
    @Proves("C-10")
    void whatALaterExecutionHasReleasedForGoodDoesNotGoBack() {
        BookUnderTest book = BookUnderTest.with(task("lock"), task("z").behind("lock"), task("other"), task("buffer"));
        CleanupRun failed = book.start("z");
        book.advance(failed);
        book.end(failed, "lock", StepStatus.COMPLETE, A_LOCK);
        book.advance(failed);
        book.end(failed, "z", StepStatus.FAILED);
        book.endRun(failed);

        releasing(book, "buffer", new Released(0, 0, 0, 1, 64, 0));
        assertThat(book.rules.rollback(book.book, name("z")))
                .as("its lock is withheld still")
                .isInstanceOf(CleanupDecision.Accepted.class);
        releasing(book, "other", A_LOCK);
        book.takeOver("n2");

        assertThat(reason(book, "z")).contains("released for good", "by a later execution");
        assertThat(failed.released()).isEqualTo(A_LOCK);
        assertThat(book.stepOf(failed, "lock")).isEqualTo(StepStatus.COMPLETE);
    }

    private static void releasing(BookUnderTest book, String task, Released released) {
        CleanupRun run = book.start(task);
        book.advance(run);
        book.end(run, task, StepStatus.COMPLETE, released);
        book.apply(List.of(book.rules.end(run, released, true, List.of())));
    }

    @Test
    void aStepWithoutUndoIsNotCutOffInTheMiddle() {
        BookUnderTest book = BookUnderTest.with(task("a").withoutUndo());
        CleanupRun run = book.start("a");
        book.advance(run);

        assertThat(reason(book, "a")).contains("'a' has no undo");
        assertThat(book.stepOf(run, "a")).isEqualTo(StepStatus.RUNNING);
    }

    @Test
    void anExecutionIsNotTakenBackFromUnderALaterOne() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b").behind("a"));
        book.finish(book.start("b"), "b");
        CleanupRun later = book.start("a");
        book.finish(later);

        String refused = reason(book, "b");
        book.finish(book.rollback("a"));

        assertThat(refused).contains("'a' takes part in execution " + later.number());
        assertThat(book.finish(book.rollback("b"))).isEqualTo(CleanupStatus.ROLLED_BACK);
    }

    @Test
    void theCleanupOfADeletionIsNotTakenBack() {
        BookUnderTest book = BookUnderTest.with(task("a"));
        book.apply(accepted(book.rules.start(book.book, RunCause.DELETION, null)));
        book.finish(book.latestRun());

        assertThat(reason(book, "a")).contains("deletes the channel");
    }

    @Test
    void anUndoThatFailsNeedsAnOperatorAndTheOthersAreStillUndone() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b").behind("a"), task("other"));
        CleanupRun run = book.startAll();
        book.finish(run);

        CleanupStatus status = book.finish(book.rollback("a"), "b");

        assertThat(status).isEqualTo(CleanupStatus.NEEDS_OPERATOR);
        assertThat(book.stepOf(run, "other")).isEqualTo(StepStatus.UNDONE);
        assertThat(book.stepOf(run, "b")).isEqualTo(StepStatus.UNDO_FAILED);
        assertThat(book.stepOf(run, "a")).as("b stands on it").isEqualTo(StepStatus.COMPLETE);
        assertThat(book.status("a")).isEqualTo(CleanupStatus.NEEDS_OPERATOR);
        assertThat(book.status("other")).isEqualTo(CleanupStatus.ROLLED_BACK);
    }

    @Test
    void onceAnOperatorHasHelpedItCanBeRolledBackAgainOrExecutedAnew() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b").behind("a"));
        CleanupRun run = book.start("b");
        book.finish(run);
        book.finish(book.rollback("b"), "b");

        CleanupRun anew = book.start("b");
        assertThat(book.advance(anew)).containsExactly("a");
        book.complete(anew, "a");
        book.finish(anew, "b");
        book.finish(book.rollback("b"), "b");

        assertThat(book.finish(book.rollback("b"))).isEqualTo(CleanupStatus.ROLLED_BACK);
    }

    @Test
    void whatIsFoundWrongAfterARollbackNeedsAnOperator() {
        BookUnderTest book = BookUnderTest.with(task("a"));
        CleanupRun run = book.start("a");
        book.finish(run);
        book.rollback("a");
        book.advance(run);
        book.end(run, "a", StepStatus.UNDONE);

        assertThat(book.endRun(run, "a lock is not back with its holder")).isEqualTo(CleanupStatus.NEEDS_OPERATOR);
    }

    @Test
    void aNewOwnerGoesOnUndoing() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b").behind("a"), task("c"));
        CleanupRun run = book.startAll();
        book.advance(run);
        book.complete(run, "a");
        book.advance(run);
        book.rollback("a");

        book.takeOver("n2");
        CleanupRun after = book.latestRun();

        assertThat(book.stepOf(after, "b")).as("cut off").isEqualTo(StepStatus.FAILED);
        assertThat(book.stepOf(after, "c")).as("cut off").isEqualTo(StepStatus.FAILED);
        assertThat(book.advance(after)).containsExactly("c", "b");
        book.takeOver("n3");
        after = book.latestRun();
        assertThat(book.step(after, "b").undoTries()).isEqualTo(2);
        book.end(after, "b", StepStatus.UNDONE);
        book.end(after, "c", StepStatus.UNDONE);
        assertThat(book.finish(after)).isEqualTo(CleanupStatus.ROLLED_BACK);
    }

    private static String reason(BookUnderTest book, String task) {
        var problem = refused(book.rules.rollback(book.book, name(task)));
        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
        return problem.detail();
    }
}
