package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.error;
import static io.millrace.channel.CleanupUnderTest.once;
import static io.millrace.channel.CleanupUnderTest.run;
import static io.millrace.channel.CleanupUnderTest.shell;
import static io.millrace.channel.CleanupUnderTest.step;
import static io.millrace.channel.CleanupUnderTest.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupMetrics;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.RunCause;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cleanup behind attempts, behind a channel that is deleted, and after a node is gone. */
class CleanupFailoverTest {
    @TempDir
    Path data;

    private final TestHandler.Gate gate = new TestHandler.Gate("gate");
    private CleanupUnderTest cleanups;

    @BeforeEach
    void start() {
        cleanups = new CleanupUnderTest(data, gate).started();
    }

    @AfterEach
    void stop() {
        gate.open();
        cleanups.close();
    }

    // After a node is gone

    @Test
    @Proves("C-67")
    void anExecutionGoesOnWhereItWasCutOff() throws InterruptedException {
        cleanups.registered(task("a"), task("b", run("gate", ""), null, null, "a"), task("c", "b"));
        cleanups.executing("c");
        gate.awaitEntered();

        cleanups.fixture.crash();
        gate.open();
        cleanups.fixture.startOnAnotherNode();
        CleanupResult result = cleanups.execute("c");

        assertThat(result.status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(result.run()).isOne();
        assertThat(cleanups.acted).containsExactly("a", "c");
        assertThat(cleanups.stored(CleanupChange.StepStarted.class))
                .filteredOn(started -> started.step().value().equals("b"))
                .extracting(CleanupChange.StepStarted::node)
                .containsExactly("node-1", "node-2");
    }

    @Test
    void aStepThatMayRunOnceIsNotRepeatedByTheNextNode() throws InterruptedException {
        cleanups.registered(once(task("b", run("gate", ""), null, null)), task("c", "b"));
        cleanups.executing("c");
        gate.awaitEntered();

        cleanups.fixture.crash();
        cleanups.fixture.startOnAnotherNode();
        CleanupResult result = cleanups.show("c").latest();

        assertThat(result).isNotNull();
        assertThat(step(result, "b")).isEqualTo(StepStatus.FAILED);
        assertThat(error(result, "b")).contains("outcome is unknown", "node-1");
        assertThat(gate.entered).isEmpty();
        assertThat(cleanups.conditions()).contains("CleanupIncomplete");
    }

    @Test
    void aRollbackThatWasCutOffGoesOn() throws InterruptedException {
        cleanups.registered(task("a"), task("b", run("ok", "b"), null, run("gate", ""), "a"));
        cleanups.execute("b");
        cleanups.fixture
                .channel()
                .tell(new ChannelRequest.AskCleanups(new CleanupManager.Rollback(
                        Reference.byId("b"), cleanups.caller().ref())));
        gate.awaitEntered();

        cleanups.fixture.crash();
        gate.open();
        cleanups.fixture.startOnAnotherNode();

        assertThat(cleanups.rollback("b").rolledBack()).isTrue();
        assertThat(cleanups.acted).containsExactly("a", "b", "-a");
    }

    @Test
    void tasksAndTheirHistoryOutliveTheNode() {
        cleanups.registered(task("a"));
        cleanups.execute("a");

        cleanups.fixture.crash();
        cleanups.fixture.startOnAnotherNode();

        assertThat(cleanups.status("a")).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.ask(
                                CleanupManager.History.class,
                                replyTo -> new CleanupManager.ShowHistory(Reference.byId("a"), replyTo))
                        .records())
                .hasSizeGreaterThan(3);
    }

    // When the channel is to leave

    @Test
    void aChannelThatLeavesLetsTheStepThatActsEndAndStartsNoOther() throws InterruptedException {
        // given
        cleanups.registered(once(task("a", run("gate", ""), null, null)), task("b", "a"));
        cleanups.executing("b");
        gate.awaitEntered();
        TestProbe<Object> watcher = cleanups.fixture.testKit().createTestProbe();

        // when
        cleanups.fixture.channel().tell(Channel.HandOff.INSTANCE);
        gate.open();
        watcher.expectTerminated(cleanups.fixture.channel(), CleanupUnderTest.PATIENCE);

        // then the next owner goes on behind it, though it may act once only
        assertThat(cleanups.stored(CleanupChange.StepEnded.class))
                .extracting(CleanupChange.StepEnded::status)
                .containsExactly(StepStatus.COMPLETE);
        assertThat(cleanups.acted).isEmpty();
        cleanups.fixture.startOnAnotherNode();
        assertThat(cleanups.execute("b").status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.acted).containsExactly("b");
    }

    @Test
    void aStepThatWouldNotEndIsCutOffInTimeAndGoesOnInTheNextLife() throws InterruptedException {
        // given
        cleanups.registered(task("slow", run("gate", ""), null, null));
        cleanups.executing("slow");
        gate.awaitEntered();
        TestProbe<Object> watcher = cleanups.fixture.testKit().createTestProbe();

        // when
        long beganNanos = System.nanoTime();
        cleanups.fixture.channel().tell(Channel.HandOff.INSTANCE);
        watcher.expectTerminated(cleanups.fixture.channel(), CleanupUnderTest.PATIENCE);
        Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);

        // then
        assertThat(took).isBetween(Limits.CLEANUPS_LEAVE_MAX, Limits.STOP_GRACE.multipliedBy(2));
        gate.open();
        cleanups.fixture.startOnAnotherNode();
        assertThat(cleanups.execute("slow").status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.stored(CleanupChange.StepStarted.class))
                .extracting(CleanupChange.StepStarted::node)
                .containsExactly("node-1", "node-2");
    }

    // Behind attempts

    private SubmittedJob submitted(Work work, CleanupTask... tasks) {
        SubmittedJob job = cleanups.fixture
                .submissions()
                .accept(List.of(JobSpec.of(work).withCleanup(List.of(tasks))), null)
                .getFirst();
        cleanups.fixture.submitted(job);
        return job;
    }

    private static Work sh(String script) {
        return new Work.Process(List.of("sh", "-c", script), Map.of(), "", null);
    }

    @Test
    void whatAJobDeclaresRunsInItsDirectoryBeforeItsAttemptEnds() throws Exception {
        Path copy = data.resolve("copy");
        SubmittedJob job = submitted(
                sh("echo left > file; exit 3"),
                task("copy", shell("cp file " + copy + "; echo $MILLRACE_JOB_ID >> " + copy), null, null),
                task("last", "copy"));

        JobView ended = cleanups.fixture.awaitEnd(job.id());

        assertThat(ended.state()).isEqualTo(JobState.FAILED);
        assertThat(Files.readString(copy)).isEqualTo("left\n" + job.id() + "\n");
        assertThat(cleanups.acted).containsExactly("last");
        assertThat(cleanups.stored(CleanupChange.RunStarted.class))
                .extracting(CleanupChange.RunStarted::cause)
                .containsExactly(RunCause.ATTEMPT);
        List<ChannelEvent> events = cleanups.fixture.storedEvents();
        assertThat(events.indexOf(cleanups.fixture
                        .storedEvents(ChannelEvent.AttemptEnded.class)
                        .getFirst()))
                .isGreaterThan(lastCleanupEvent(events));
    }

    private static int lastCleanupEvent(List<ChannelEvent> events) {
        int last = -1;
        for (int i = 0; i < events.size(); i++) {
            last = events.get(i) instanceof ChannelEvent.CleanupChanged ? i : last;
        }
        return last;
    }

    @Test
    void anAttemptWhoseNodeIsGoneIsCleanedUpBehindBeforeItRunsAgain() throws InterruptedException {
        SubmittedJob job = submitted(new Work.Handler("gate", null), task("tidy"));
        gate.awaitEntered();

        cleanups.fixture.crash();
        gate.open();
        cleanups.fixture.startOnAnotherNode();
        JobView ended = cleanups.fixture.awaitEnd(job.id());

        assertThat(ended.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(ended.attempt()).isEqualTo(2);
        assertThat(cleanups.acted).containsExactly("tidy", "tidy");
    }

    @Test
    void whatJobsDeclareIsCountedApartFromTheTasksOfTheChannel() {
        cleanups.registered(task("a"));
        SubmittedJob job = submitted(
                sh("true"), task("a", run("fail", ""), null, null), task("job-1-only", "a"), task("job-1-too"));

        cleanups.fixture.awaitEnd(job.id());

        assertThat(measured("a").executions()).isZero();
        assertThat(cleanups.ask(CleanupManager.Totals.class, CleanupManager.ShowTotals::new)
                        .values())
                .containsEntry("cleanups.stepsSkipped", 1.0)
                .containsEntry("cleanups.steps", 2.0);

        // and a task that is registered later under such a name begins at nothing
        cleanups.registered(task("job-1-only"), task("job-1-too"));
        assertThat(measured("job-1-only").skips()).isZero();
        assertThat(measured("job-1-too").executions()).isZero();
    }

    private CleanupMetrics measured(String task) {
        return cleanups.ask(
                        CleanupManager.Measured.class,
                        replyTo -> new CleanupManager.ShowMetrics(Reference.byId(task), replyTo))
                .metrics();
    }

    @Test
    void aFailedCleanupOfAnAttemptBecomesAConditionOfTheChannel() {
        SubmittedJob job = submitted(sh("true"), once(task("tidy", run("fail", ""), null, null)));

        JobView ended = cleanups.fixture.awaitEnd(job.id());

        assertThat(ended.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(cleanups.conditions()).contains("CleanupFailed");
    }

    // Deletion

    @Test
    void aChannelThatIsDeletedRunsItsTasksAndIsGone() {
        cleanups.registered(task("a"), task("b", "a"));

        cleanups.fixture.deleted();

        assertThat(cleanups.acted).containsExactly("a", "b");
        assertThat(cleanups.fixture.storedEvents(ChannelEvent.ChannelDeleted.class))
                .hasSize(1);
        cleanups.fixture.created();
        assertThat(cleanups.ask(CleanupManager.Listed.class, replyTo -> new CleanupManager.ListTasks(0, replyTo))
                        .tasks())
                .isEmpty();
    }

    @Test
    void aChannelWhoseCleanupFailsStaysUntilItIsDeletedAgain() throws Exception {
        Path mended = data.resolve("mended");
        cleanups.registered(once(task("a", shell("test -e " + mended), null, null)));
        cleanups.fixture.ask(ChannelReply.Deleting.class, ChannelRequest.Delete::new);
        cleanups.awaitCondition("ChannelNotDeleted");
        assertThat(cleanups.fixture.storedEvents(ChannelEvent.ChannelDeleted.class))
                .isEmpty();

        Files.createFile(mended);
        cleanups.fixture.deleted();

        assertThat(cleanups.fixture.storedEvents(ChannelEvent.ChannelDeleted.class))
                .hasSize(1);
    }
}
