package io.millrace.domain.cleanup;

import static io.millrace.domain.cleanup.BookUnderTest.accepted;
import static io.millrace.domain.cleanup.BookUnderTest.refused;
import static io.millrace.domain.cleanup.TestTask.name;
import static io.millrace.domain.cleanup.TestTask.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.Limits;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CleanupStartTest {
    private static final JobId JOB = new JobId(1, 2);

    @Test
    void aTaskIsExecutedBehindEverythingItDependsOn() {
        BookUnderTest book = BookUnderTest.with(
                task("d").behind("c", "b"), task("c").behind("a"), task("b").behind("a"), task("a"), task("z"));

        CleanupRun run = book.start("d");

        assertThat(names(run)).containsExactly("a", "b", "c", "d");
        assertThat(run.root()).isEqualTo(name("d"));
        assertThat(run.status()).isEqualTo(CleanupStatus.RUNNING);
        assertThat(book.advance(run)).containsExactly("a");
    }

    @Test
    void anUnknownTaskIsNotFound() {
        assertThat(refused(new BookUnderTest().wish("a")).code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    @Proves("C-33")
    void nothingIsExecutedOfAGraphThatHasAFault() {
        BookUnderTest book = BookUnderTest.with(
                task("top").behind("good", "gap", "knot"),
                task("good"),
                task("gap").behind("gone"),
                task("knot").behind("tie"),
                task("tie").behind("knot"));

        var problem = refused(book.wish("top"));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(problem.detail())
                .startsWith("Nothing was executed")
                .contains("gap → gone")
                .contains("knot → tie → knot");
        assertThat(refused(book.rules.start(book.book, RunCause.CHANNEL, null)).detail())
                .contains("gap → gone");
        assertThat(book.book.active()).isEmpty();
        assertThat(book.book.lastRun()).isZero();
        assertThat(book.finish(book.start("good"))).isEqualTo(CleanupStatus.COMPLETE);
    }

    @Test
    @Proves("C-28")
    void whatIsNotFitToBeginIsRefusedWithTheReasonAndChangesNothing() {
        BookUnderTest book = BookUnderTest.with(task("gap").behind("gone"), task("one-more"));
        for (int i = 0; i < Limits.CLEANUP_RUNS_MAX; i++) {
            book.register(task("t" + i));
            book.start("t" + i);
        }
        CleanupSnapshot before = book.book.snapshot();

        var unknown = refused(book.wish("unknown"));
        var invalid = refused(book.wish("gap"));
        var tooMany = refused(book.wish("one-more"));
        var undo = refused(book.rules.rollback(book.book, name("one-more")));

        assertThat(unknown.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(invalid.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(invalid.detail()).contains("gap → gone");
        assertThat(tooMany.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(tooMany.detail()).contains(String.valueOf(Limits.CLEANUP_RUNS_MAX));
        assertThat(undo.code()).isEqualTo(ErrorCode.INVALID_STATE);
        var busy = refused(book.rules.remove(book.book, name("t7")));
        assertThat(busy.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(busy.detail()).contains("takes part in execution 8", "has not ended", "Wait for its end");
        assertThat(book.wish("t7")).as("it is being cleaned up already").isEqualTo(new CleanupDecision.Joined(8));
        assertThat(book.book.snapshot()).isEqualTo(before);
    }

    @Test
    void whoAsksForATaskOfAnExecutionUnderWayGetsItsResult() {
        BookUnderTest book =
                BookUnderTest.with(task("a"), task("b").behind("a"), task("c").behind("b"));
        CleanupRun run = book.start("b");

        assertThat(book.wish("b")).isEqualTo(new CleanupDecision.Joined(run.number()));
        assertThat(book.wish("a")).isEqualTo(new CleanupDecision.Joined(run.number()));
        assertThat(book.wish("c")).isEqualTo(new CleanupDecision.Deferred(run.number()));
        assertThat(book.rules.start(book.book, RunCause.CHANNEL, null))
                .isEqualTo(new CleanupDecision.Deferred(run.number()));
        book.finish(run);
        assertThat(accepted(book.wish("c"))).hasSize(1);
    }

    @Test
    @Proves("C-49")
    void aBreachIsRememberedUntilAnExecutionCompletes() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b"));
        CleanupRun stopped = book.start("a");
        book.advance(stopped);
        book.complete(stopped, "a");
        book.apply(List.of(
                book.rules.end(stopped, Released.NOTHING, true, List.of("something foreign"), List.of(), true)));
        book.finish(book.start("b"), "b");

        book.takeOver("n2");
        assertThat(book.book.breach()).isEqualTo(new IsolationBreach(1, List.of("something foreign")));

        book.finish(book.start("b"));
        assertThat(book.book.breach()).isNull();
    }

    @Test
    void nobodyJoinsARollback() {
        BookUnderTest book = BookUnderTest.with(task("a"));
        CleanupRun run = book.start("a");
        book.finish(run);
        book.rollback("a");

        assertThat(book.wish("a")).isEqualTo(new CleanupDecision.Deferred(run.number()));
    }

    @Test
    void executionsThatShareNothingGoOnBesideEachOther() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b"));

        CleanupRun first = book.start("a");
        CleanupRun second = book.start("b");

        assertThat(book.advance(first)).containsExactly("a");
        assertThat(book.advance(second)).containsExactly("b");
    }

    @Test
    void aFailedExecutionIsGoneOnFromAndWhatCompletedIsNotDoneAgain() {
        BookUnderTest book =
                BookUnderTest.with(task("a"), task("b").behind("a"), task("c").behind("b"));
        CleanupStatus first = book.finish(book.start("c"), "b");

        CleanupRun second = book.start("c");

        assertThat(first).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);
        assertThat(second.steps())
                .filteredOn(step -> step.plan().isDone())
                .extracting(RunStep::name)
                .containsExactly(name("a"));
        assertThat(book.advance(second)).containsExactly("b");
        book.complete(second, "b");
        assertThat(book.finish(second)).isEqualTo(CleanupStatus.COMPLETE);
    }

    @Test
    void whatCompletedAndWasExecutedAgainWithoutSuccessIsNotDone() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b").behind("a"));
        book.finish(book.start("b"), "b");
        assertThat(book.status("a")).isEqualTo(CleanupStatus.COMPLETE);
        book.finish(book.start("a"), "a");

        CleanupRun again = book.start("b");

        assertThat(book.advance(again)).containsExactly("a");
    }

    @Test
    void whatDependsOnATaskThatRunsAgainRunsAgain() {
        BookUnderTest book =
                BookUnderTest.with(task("a"), task("b").behind("a"), task("c").behind("b"));
        book.finish(book.start("c"), "c");
        book.apply(accepted(book.rules.remove(book.book, name("a"))));
        book.register(task("a"));
        book.finish(book.start("a"));

        CleanupRun again = book.start("c");

        assertThat(again.steps()).noneMatch(step -> step.plan().isDone());
        assertThat(book.advance(again)).containsExactly("a");
    }

    @Test
    void aCompleteOrTakenBackExecutionIsDoneAnew() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b").behind("a"));
        book.finish(book.start("b"));

        CleanupRun second = book.start("b");
        assertThat(book.advance(second)).containsExactly("a");
        book.complete(second, "a");
        book.finish(second, "b");
        book.finish(book.rollback("b"));

        assertThat(book.status("b")).isEqualTo(CleanupStatus.ROLLED_BACK);
        assertThat(book.advance(book.start("b"))).containsExactly("a");
    }

    @Test
    void theWholeChannelIsGoneOnFromAsWell() {
        BookUnderTest book = BookUnderTest.with(task("a"), task("b"));
        book.finish(book.startAll(), "b");

        CleanupRun again = book.startAll();

        assertThat(again.root()).isNull();
        assertThat(book.advance(again)).containsExactly("b");
    }

    @Test
    void aChannelWithoutTasksIsCleanedUpToo() {
        BookUnderTest book = new BookUnderTest();

        CleanupRun run = book.startAll();

        assertThat(book.endRun(run)).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(book.book.latestOfChannel()).isSameAs(run);
        assertThat(book.endRun(book.startAll(), "1 process is left")).isEqualTo(CleanupStatus.FAILED);
    }

    @Test
    void aTaskIsAsItsStepInTheExecutionOfAnother() {
        BookUnderTest book = BookUnderTest.with(
                task("a"),
                task("b").behind("a"),
                task("c").behind("b"),
                task("held").behind("a"),
                task("x"));
        CleanupRun run = book.startAll();
        book.advance(run);
        book.complete(run, "a");
        book.end(run, "x", StepStatus.FAILED);
        book.advance(run);
        book.end(run, "b", StepStatus.FAILED);
        book.end(run, "held", StepStatus.COMPLETE, new Released(0, 0, 1, 0, 0, 0));
        CleanupStatus before = book.status("a");
        book.advance(run);
        book.endRun(run);

        assertThat(before).isEqualTo(CleanupStatus.RUNNING);
        assertThat(book.status("a")).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(book.status("b")).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);
        assertThat(book.status("c")).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);
        assertThat(book.status("held")).as("its lock is withheld").isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);
        assertThat(book.status("x")).isEqualTo(CleanupStatus.FAILED);
    }

    @Test
    void moreExecutionsThanTheLimitAreRefused() {
        BookUnderTest book = new BookUnderTest();
        for (int i = 0; i < Limits.CLEANUP_RUNS_MAX; i++) {
            book.register(task("t" + i));
            book.start("t" + i);
        }
        book.register(task("one-more"));

        assertThat(refused(book.wish("one-more")).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        book.apply(accepted(book.rules.startForAttempt(book.book, JOB, 1, 7, declared())));
    }

    @Test
    void anAttemptIsCleanedUpBehindOnce() {
        BookUnderTest book = BookUnderTest.with(task("stop"));

        book.apply(accepted(book.rules.startForAttempt(book.book, JOB, 2, 7, declared())));
        CleanupRun run = book.latestRun();
        CleanupDecision whileItGoesOn = book.rules.startForAttempt(book.book, JOB, 2, 7, declared());
        book.finish(run);
        CleanupDecision afterwards = book.rules.startForAttempt(book.book, JOB, 2, 7, declared());

        assertThat(names(run)).containsExactly("stop", "drop");
        assertThat(whileItGoesOn).isEqualTo(new CleanupDecision.Joined(run.number()));
        assertThat(afterwards).isEqualTo(new CleanupDecision.Joined(run.number()));
        assertThat(book.book.ofAttempt(JOB, 8)).isNull();
        assertThat(accepted(book.rules.startForAttempt(book.book, JOB, 3, 8, declared())))
                .hasSize(1);
    }

    @Test
    void tasksOfJobsAndOfTheChannelHaveNothingToDoWithEachOther() {
        BookUnderTest book = BookUnderTest.with(task("stop"));
        book.apply(accepted(book.rules.startForAttempt(book.book, JOB, 1, 7, declared())));
        CleanupRun behind = book.latestRun();

        CleanupRun run = book.start("stop");
        book.advance(behind);
        book.end(behind, "stop", StepStatus.FAILED);

        assertThat(book.finish(run)).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(book.status("stop")).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(book.book.latest(name("stop"))).isSameAs(run);
        assertThat(accepted(book.rules.remove(book.book, name("stop")))).hasSize(1);
    }

    private static List<CleanupTask> declared() {
        return Stream.of("drop", "stop")
                .map(each -> new CleanupTask(
                        name(each),
                        each.equals("drop") ? List.of(CleanupReference.parse("stop")) : List.of(),
                        null,
                        new CleanupAction.Release(ReleaseScope.LOCKS),
                        null,
                        null,
                        true,
                        List.of()))
                .toList();
    }

    private static List<String> names(CleanupRun run) {
        return run.steps().stream().map(step -> step.name().value()).toList();
    }
}
