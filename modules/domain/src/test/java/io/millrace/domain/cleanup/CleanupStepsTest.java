package io.millrace.domain.cleanup;

import static io.millrace.domain.cleanup.TestTask.name;
import static io.millrace.domain.cleanup.TestTask.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.Limits;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CleanupStepsTest {

    @Test
    @Proves("C-45")
    void aFailedStepSkipsAllBehindItAndTheOthersStillRun() {
        BookUnderTest book = BookUnderTest.with(
                task("a"),
                task("b").behind("a"),
                task("c").behind("b"),
                task("other"),
                task("top").behind("c", "other", "beside"),
                task("beside").behind("a"));
        CleanupRun run = book.start("top");
        book.advance(run);
        book.complete(run, "a");
        book.advance(run);
        book.end(run, "b", StepStatus.FAILED);

        List<String> started = book.advance(run);
        book.complete(run, "other", "beside");

        assertThat(started).isEmpty();
        assertThat(book.stepOf(run, "b")).isEqualTo(StepStatus.FAILED);
        assertThat(book.stepOf(run, "c")).isEqualTo(StepStatus.SKIPPED);
        assertThat(book.stepOf(run, "top")).isEqualTo(StepStatus.SKIPPED);
        assertThat(error(book.step(run, "c")).detail()).contains("'b'");
        assertThat(error(book.step(run, "top")).detail()).contains("'c'");
        assertThat(book.endRun(run)).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);
    }

    @Test
    void anExecutionEndsAsItsStepsAndItsFinalCheckSay() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b"));

        assertThat(book.finish(book.startAll())).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(book.finish(book.startAll(), "a")).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);
        book.finish(book.rollback("a"));
        assertThat(book.finish(book.startAll(), "a", "b")).isEqualTo(CleanupStatus.FAILED);
        CleanupRun checked = book.startAll();
        book.advance(checked);
        book.complete(checked, "a", "b");
        assertThat(book.endRun(checked, "2 buffers are not back")).isEqualTo(CleanupStatus.FAILED);
        assertThat(checked.problems()).containsExactly("2 buffers are not back");
    }

    @Test
    void noMoreStepsActAtOnceThanTheLimitOverAllExecutionsOfTasks() {
        BookUnderTest book = new BookUnderTest();
        int more = 5;
        for (int i = 0; i < Limits.CLEANUP_STEPS_PARALLEL_MAX + more; i++) {
            book.register(task("t" + (100 + i)));
        }
        CleanupRun run = book.startAll();

        List<String> first = book.advance(run);
        List<String> meanwhile = book.advance(run);
        book.complete(run, first.get(0), first.get(1));
        List<String> next = book.advance(run);

        assertThat(first).hasSize(Limits.CLEANUP_STEPS_PARALLEL_MAX).isSorted();
        assertThat(meanwhile).isEmpty();
        assertThat(next).containsExactly("t116", "t117");
    }

    @Test
    void stepsOfTasksNeverTakeTheRoomOfThoseBehindAttempts() {
        BookUnderTest book = new BookUnderTest();
        for (int i = 0; i < Limits.CLEANUP_STEPS_PARALLEL_MAX; i++) {
            book.register(task("t" + i));
        }
        book.advance(book.startAll());
        CleanupTask declared = new CleanupTask(
                name("drop"),
                List.of(),
                null,
                new CleanupAction.Release(ReleaseScope.LOCKS),
                null,
                null,
                true,
                List.of());
        book.apply(BookUnderTest.accepted(
                book.rules.startForAttempt(book.book, new JobId(1, 2), 1, 7, List.of(declared))));

        assertThat(book.advance(book.latestRun())).containsExactly("drop");
    }

    @Test
    void aStepWaitsForTasksOfOtherChannelsAndTheOthersGoOn() {
        BookUnderTest book = BookUnderTest.with(task("a").behind("other/x"), task("b"));
        CleanupRun run = book.startAll();

        List<String> whileOtherRuns = book.advance(run, "a");
        List<String> afterwards = book.advance(run);

        assertThat(whileOtherRuns).containsExactly("b");
        assertThat(afterwards).containsExactly("a");
    }

    @Test
    void theFailureOfATaskOfAnotherChannelFailsTheStepThatWaits() {
        BookUnderTest book =
                BookUnderTest.with(task("a").behind("other/x"), task("b").behind("a"));
        CleanupRun run = book.start("b");
        book.advance(run, "a");

        book.end(run, "a", StepStatus.FAILED);
        book.advance(run, "a");

        assertThat(book.step(run, "a").tries()).isZero();
        assertThat(book.stepOf(run, "b")).isEqualTo(StepStatus.SKIPPED);
        assertThat(book.endRun(run)).isEqualTo(CleanupStatus.FAILED);
    }

    @Test
    void aRepeatableStepIsTriedUpToTheLimit() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b").onceOnly());
        CleanupRun run = book.startAll();
        book.advance(run);

        int tries = 1;
        while (book.rules.mayRetry(run, name("a"))) {
            book.apply(List.of(book.rules.retry(run, name("a"), "n1")));
            tries++;
        }

        assertThat(tries).isEqualTo(Limits.CLEANUP_TRIES_MAX);
        assertThat(book.step(run, "a").tries()).isEqualTo(Limits.CLEANUP_TRIES_MAX);
        assertThat(book.rules.mayRetry(run, name("b"))).isFalse();
        assertThat(book.rules.mayRetry(run, name("unknown"))).isFalse();
    }

    @Test
    void aNewOwnerStartsRepeatableStepsAgainAndTakesOthersForFailed() {
        BookUnderTest book =
                BookUnderTest.with(task("a"), task("b").onceOnly(), task("c").behind("a"));
        CleanupRun run = book.startAll();
        book.advance(run);

        book.takeOver("n2");

        assertThat(book.stepOf(run, "a")).isEqualTo(StepStatus.RUNNING);
        assertThat(book.step(run, "a").tries()).isEqualTo(2);
        assertThat(book.step(run, "a").node()).isEqualTo("n2");
        assertThat(book.stepOf(run, "b")).isEqualTo(StepStatus.FAILED);
        assertThat(error(book.step(run, "b")).detail()).contains("unknown").contains("n1");
        assertThat(book.stepOf(run, "c")).isEqualTo(StepStatus.PENDING);
    }

    @Test
    void aStepThatNeverOutlivesItsNodeIsGivenUpOneDay() {
        BookUnderTest book = BookUnderTest.with(task("a"));
        CleanupRun run = book.start("a");
        book.advance(run);

        for (int i = 2; i <= Limits.CLEANUP_TRIES_MAX; i++) {
            book.takeOver("n" + i);
        }
        StepStatus atTheLimit = book.stepOf(run, "a");
        book.takeOver("n9");

        assertThat(atTheLimit).isEqualTo(StepStatus.RUNNING);
        assertThat(book.stepOf(run, "a")).isEqualTo(StepStatus.FAILED);
        assertThat(error(book.step(run, "a")).detail()).contains("4 times").contains("n4");
    }

    @Test
    void anExecutionIsShownAsFarAsItIs() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b").behind("a"));
        CleanupRun run = book.start("b");
        book.advance(run);
        book.complete(run, "a");

        var result = run.result(run.startedAtMillis() + 500);

        assertThat(result.status()).isEqualTo(CleanupStatus.RUNNING);
        assertThat(result.duration()).hasMillis(500);
        assertThat(result.endedAt()).isNull();
        assertThat(result.steps()).hasSize(2);
        assertThat(result.steps().getFirst().duration()).hasMillis(7);
        assertThat(result.steps().getLast().startedAt()).isNull();
        assertThat(result.steps().getLast().duration()).isNull();
    }

    private static Problem error(RunStep step) {
        return Objects.requireNonNull(step.error());
    }
}
