package io.millrace.domain.cleanup;

import static io.millrace.domain.cleanup.BookUnderTest.accepted;
import static io.millrace.domain.cleanup.BookUnderTest.refused;
import static io.millrace.domain.cleanup.TestTask.name;
import static io.millrace.domain.cleanup.TestTask.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupRecord.What;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.Limits;
import org.junit.jupiter.api.Test;

class CleanupTasksTest {

    @Test
    void aNameIsTakenOnce() {
        BookUnderTest book = BookUnderTest.with(task("a"));

        var problem =
                refused(book.rules.register(book.book, task("a").behind("b").registered()));

        assertThat(problem.code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
        assertThat(problem.detail()).contains("'a'").contains("build").contains("Nothing was registered");
        assertThat(book.book.tasks())
                .singleElement()
                .satisfies(task -> assertThat(task.dependsOn()).isEmpty());
    }

    @Test
    void moreTasksThanTheLimitAreRefusedUntilOneIsRemoved() {
        BookUnderTest book = new BookUnderTest();
        for (int i = 0; i < Limits.CLEANUP_TASKS_MAX; i++) {
            book.register(task("t" + i));
        }

        var problem = refused(book.rules.register(book.book, task("one-more").registered()));
        book.apply(accepted(book.rules.remove(book.book, name("t7"))));

        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.detail()).contains("1000");
        book.register(task("one-more"));
    }

    @Test
    void aTaskThatIsNotThereIsRemovedWithoutAChange() {
        BookUnderTest book = new BookUnderTest();

        assertThat(accepted(book.rules.remove(book.book, name("a")))).isEmpty();
    }

    @Test
    void aTaskIsNotRemovedWhileItIsExecutedOrRolledBack() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b").behind("a"));
        CleanupRun run = book.start("b");

        var whileExecuted = refused(book.rules.remove(book.book, name("a")));
        book.finish(run);
        book.rollback("b");
        var whileRolledBack = refused(book.rules.remove(book.book, name("b")));
        book.finish(run);

        assertThat(whileExecuted.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(whileExecuted.detail()).contains("execution 1");
        assertThat(whileRolledBack.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(accepted(book.rules.remove(book.book, name("a")))).hasSize(1);
    }

    @Test
    @Proves("C-68")
    void aDependencyThatIsRegisteredLaterLetsTheTaskRun() {
        BookUnderTest book = BookUnderTest.with(task("b").behind("a"));

        var problem = refused(book.wish("b"));
        book.register(task("a"));

        assertThat(problem.detail()).contains("b → a");
        assertThat(book.finish(book.start("b"))).isEqualTo(CleanupStatus.COMPLETE);
    }

    @Test
    void aTaskRegisteredAnewHasNotBeenExecutedAndKeepsTheHistoryOfItsName() {
        BookUnderTest book = BookUnderTest.with(task("a"));
        book.finish(book.start("a"));
        book.apply(accepted(book.rules.remove(book.book, name("a"))));

        book.register(task("a"));

        assertThat(book.status("a")).isEqualTo(CleanupStatus.NOT_STARTED);
        assertThat(book.book.latest(name("a"))).isNull();
        assertThat(book.book.history(name("a")))
                .extracting(CleanupRecord::what)
                .containsExactly(
                        What.REGISTERED,
                        What.REMOVED,
                        What.EXECUTION_ENDED,
                        What.STEP_COMPLETED,
                        What.STEP_STARTED,
                        What.EXECUTION_STARTED,
                        What.REGISTERED);
    }

    @Test
    void theHistoryOfATaskIsBoundedAndTheOldestLinesGoFirst() {
        BookUnderTest book = BookUnderTest.with(task("a"));
        for (int i = 0; i < Limits.CLEANUP_HISTORY_MAX; i++) {
            book.finish(book.start("a"));
        }

        var history = book.book.history(name("a"));

        assertThat(history).hasSize(Limits.CLEANUP_HISTORY_MAX);
        assertThat(history.getFirst().run()).isEqualTo(Limits.CLEANUP_HISTORY_MAX);
        assertThat(history).extracting(CleanupRecord::what).doesNotContain(What.REGISTERED);
    }

    @Test
    void historiesOfRemovedTasksAreBounded() {
        BookUnderTest book = new BookUnderTest();
        for (int i = 0; i <= Limits.CLEANUPS_KEPT_MAX; i++) {
            book.register(task("t" + i));
            book.apply(accepted(book.rules.remove(book.book, name("t" + i))));
        }

        assertThat(book.book.history(name("t0"))).isEmpty();
        assertThat(book.book.history(name("t1"))).hasSize(2);
        assertThat(book.book.snapshot().histories()).hasSize(Limits.CLEANUPS_KEPT_MAX);
    }

    @Test
    void endedExecutionsAreKeptInBoundedNumberAndTheLatestOfEachTaskAlways() {
        BookUnderTest book = BookUnderTest.with(task("rare"), task("often"));
        CleanupRun first = book.start("rare");
        book.finish(first, "rare");
        for (int i = 0; i < Limits.CLEANUPS_KEPT_MAX + 10; i++) {
            book.finish(book.start("often"));
        }

        assertThat(book.book.latest(name("rare"))).isSameAs(first);
        assertThat(book.status("rare")).isEqualTo(CleanupStatus.FAILED);
        assertThat(book.book.run(2)).isNull();
        assertThat(book.book.snapshot().runs()).hasSize(Limits.CLEANUPS_KEPT_MAX + 2);
    }

    @Test
    void howATaskHasDoneIsKnownAlsoWhenItsExecutionIsNotKept() {
        BookUnderTest book = new BookUnderTest();
        int steps = 500;
        for (int i = 0; i < steps; i++) {
            book.register(i == 0 ? task("t0") : task("t" + i).behind("t" + (i - 1)));
        }
        book.register(task("alone"));
        book.finish(book.start("alone"), "alone");
        for (int i = 0; i <= Limits.CLEANUP_STEPS_KEPT_MAX / steps; i++) {
            CleanupRun run = book.start("t" + (steps - 1));
            book.apply(run.steps().stream()
                    .map(step -> new CleanupChange.StepEnded(
                            run.number(), step.name(), StepStatus.SKIPPED, null, 0, Released.NOTHING))
                    .toList());
            book.endRun(run);
        }
        book.takeOver("n2");

        assertThat(book.book.latest(name("alone"))).isNull();
        assertThat(book.status("alone")).isEqualTo(CleanupStatus.FAILED);
        assertThat(refused(book.rules.rollback(book.book, name("alone"))).detail())
                .contains("too long ago");
        assertThat(book.finish(book.start("alone"))).isEqualTo(CleanupStatus.COMPLETE);
    }
}
