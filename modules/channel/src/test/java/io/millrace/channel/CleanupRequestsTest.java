package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.once;
import static io.millrace.channel.CleanupUnderTest.run;
import static io.millrace.channel.CleanupUnderTest.shell;
import static io.millrace.channel.CleanupUnderTest.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.Nothing;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupMetrics;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.SecurityBoundary;
import io.millrace.domain.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks as callers register, look at and remove them. */
class CleanupRequestsTest {
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

    private CleanupManager.Registered register(String name, String key, String bodyHash) {
        return cleanups.ask(
                CleanupManager.Registered.class,
                replyTo -> new CleanupManager.Register(task(name), key, bodyHash, replyTo));
    }

    @Test
    @Proves("C-02")
    void aNameIsTakenOnce() {
        CleanupView registered = cleanups.register(task("a"));

        Problem problem = cleanups.refused(replyTo -> new CleanupManager.Register(task("a"), null, null, replyTo));

        assertThat(registered.status()).isEqualTo(CleanupStatus.NOT_STARTED);
        assertThat(registered.handle().id()).isEqualTo("a");
        assertThat(problem.code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
    }

    @Test
    @Proves("C-03")
    void theDefaultChannelComesIntoBeingWithItsFirstTask() {
        ActorRef<Channel.Command> channel = cleanups.fixture.start(ChannelName.DEFAULT);

        Handle handle = cleanups.ask(
                        channel,
                        CleanupManager.Registered.class,
                        replyTo -> new CleanupManager.Register(task("a"), null, null, replyTo))
                .task()
                .handle();
        CleanupResult result = cleanups.ask(
                        channel,
                        CleanupManager.Executed.class,
                        replyTo -> new CleanupManager.Execute(Reference.to(handle), 10_000, replyTo))
                .result();

        assertThat(handle.channel()).isEqualTo(ChannelName.DEFAULT);
        assertThat(result.status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.ask(channel, CleanupManager.IsolationVerified.class, CleanupManager.VerifyIsolation::new)
                        .report()
                        .isolated())
                .isTrue();
    }

    @Test
    void aRequestWithTheSameKeyRegistersOnceAlsoAfterACrash() {
        assertThat(register("a", "key", "hash").isReplayed()).isFalse();

        assertThat(register("a", "key", "hash").isReplayed()).isTrue();
        assertThat(cleanups.refused(replyTo -> new CleanupManager.Register(task("b"), "key", "other", replyTo))
                        .detail())
                .contains("key");
        cleanups.fixture.crash();
        cleanups.fixture.startOnAnotherNode();
        assertThat(register("a", "key", "hash").isReplayed()).isTrue();
    }

    @Test
    @Proves({"C-44", "C-66"})
    void aTaskThatIsTooLargeIsRefusedAndLeavesNothingBehind() {
        CleanupAction large = run("ok", "x".repeat(Limits.CLEANUP_TASK_BYTES_MAX));

        Problem problem = cleanups.refused(
                replyTo -> new CleanupManager.Register(task("a", large, null, null), null, null, replyTo));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(cleanups.stored()).isEmpty();
        cleanups.register(task("a"));
    }

    @Test
    @Proves({"C-40", "C-48"})
    void aForgedHandleIsRefusedAndCounted() {
        Handle genuine = cleanups.register(task("a")).handle();
        Reference forged = Reference.to(new Handle(
                genuine.type(), genuine.id(), genuine.channel(), genuine.incarnation(), genuine.node(), "c2VhbA"));

        Problem execute = cleanups.refused(replyTo -> new CleanupManager.Execute(forged, 1_000, replyTo));
        Problem rollback = cleanups.refused(replyTo -> new CleanupManager.Rollback(forged, replyTo));
        Problem remove = cleanups.refused(replyTo -> new CleanupManager.Remove(forged, replyTo));

        assertThat(List.of(execute, rollback, remove)).extracting(Problem::code).containsOnly(ErrorCode.PERMISSION);
        assertThat(cleanups.acted).isEmpty();
        assertThat(totals()).containsEntry("cleanups.boundaryViolations", 3.0);
    }

    @Test
    @Proves("C-05")
    void aHandleIsHeldAgainstEveryBoundary() {
        Handle genuine = cleanups.register(task("a")).handle();
        Handle old = new Handle(genuine.type(), "a", genuine.channel(), 99, genuine.node(), genuine.seal());

        assertThat(violations(Reference.to(genuine))).isEmpty();
        assertThat(violations(Reference.to(old))).contains(SecurityBoundary.AUTHENTICITY, SecurityBoundary.INCARNATION);
    }

    private List<SecurityBoundary> violations(Reference task) {
        return cleanups
                .ask(CleanupManager.Validated.class, replyTo -> new CleanupManager.Validate(task, replyTo))
                .report()
                .violations()
                .stream()
                .map(BoundaryViolation::boundary)
                .toList();
    }

    @Test
    void aTaskCanBeRemovedUnlessItIsBeingExecuted() throws InterruptedException {
        cleanups.registered(task("slow", run("gate", ""), null, null));
        var executing = cleanups.executing("slow");
        gate.awaitEntered();

        Problem busy = cleanups.refused(replyTo -> new CleanupManager.Remove(Reference.byId("slow"), replyTo));
        gate.open();
        CleanupUnderTest.result(executing);

        assertThat(busy.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(removed("slow")).isTrue();
        assertThat(removed("slow")).isFalse();
        assertThat(cleanups.refused(replyTo -> new CleanupManager.Show(Reference.byId("slow"), replyTo))
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    private boolean removed(String task) {
        return cleanups.ask(
                        CleanupManager.Removed.class,
                        replyTo -> new CleanupManager.Remove(Reference.byId(task), replyTo))
                .wasThere();
    }

    @Test
    @Proves("C-31")
    void everyStepIsKeptInTheHistoryOfItsTask() {
        cleanups.registered(task("a"), once(task("b", run("fail", ""), null, null, "a")));
        cleanups.execute("b");

        List<CleanupRecord> history = cleanups.ask(
                        CleanupManager.History.class,
                        replyTo -> new CleanupManager.ShowHistory(Reference.byId("b"), replyTo))
                .records();

        assertThat(history)
                .extracting(CleanupRecord::what)
                .startsWith(CleanupRecord.What.EXECUTION_ENDED)
                .contains(CleanupRecord.What.STEP_FAILED, CleanupRecord.What.STEP_STARTED)
                .endsWith(CleanupRecord.What.REGISTERED);
    }

    @Test
    @Proves({"C-07", "C-11"})
    void whatTasksDidIsCounted() {
        cleanups.registered(task("a"), once(task("b", run("fail", ""), null, null, "a")), task("c", "b"));
        cleanups.execute("c");

        CleanupMetrics failed = metrics("b");
        CleanupMetrics skipped = metrics("c");

        assertThat(failed.executions()).isOne();
        assertThat(failed.failures()).isOne();
        assertThat(failed.latest()).isNotNull();
        assertThat(skipped.skips()).isOne();
        assertThat(skipped.latest()).isNull();
        assertThat(totals())
                .containsEntry("cleanups.tasks", 3.0)
                .containsEntry("cleanups.runs", 1.0)
                .containsEntry("cleanups.runsFailed", 1.0)
                .containsEntry("cleanups.stepsSkipped", 1.0);
    }

    @Test
    @Proves("C-53")
    void numbersThatWereHandedOutNeverChange() {
        cleanups.registered(task("a"));
        cleanups.execute("a");
        CleanupMetrics earlier = metrics("a");
        Map<String, Double> earlierTotals = totals();

        cleanups.execute("a");

        assertThat(earlier.executions()).isOne();
        assertThat(metrics("a").executions()).isEqualTo(2);
        assertThat(earlierTotals).containsEntry("cleanups.runs", 1.0);
        assertThat(totals()).containsEntry("cleanups.runs", 2.0);
        assertThatThrownBy(() -> earlierTotals.put("cleanups.runs", 0.0))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    private CleanupMetrics metrics(String task) {
        return cleanups.ask(
                        CleanupManager.Measured.class,
                        replyTo -> new CleanupManager.ShowMetrics(Reference.byId(task), replyTo))
                .metrics();
    }

    private Map<String, Double> totals() {
        return cleanups.ask(CleanupManager.Totals.class, CleanupManager.ShowTotals::new)
                .values();
    }

    @Test
    void aChannelIsIsolatedAlsoWhileAStepRunsAProcess() throws Exception {
        Path started = data.resolve("started");
        cleanups.registered(task("slow", shell("touch " + started + "; sleep 60"), null, shell("true")));
        var executing = cleanups.executing("slow");
        while (!Files.exists(started)) {
            Thread.onSpinWait();
        }

        IsolationReport report = cleanups.ask(
                        CleanupManager.IsolationVerified.class, CleanupManager.VerifyIsolation::new)
                .report();

        assertThat(report.isolated()).as("%s", report).isTrue();
        assertThat(report.itemsChecked()).isPositive();
        assertThat(cleanups.rollback("slow").rolledBack()).isTrue();
        CleanupResult result = CleanupUnderTest.result(executing);
        assertThat(result.status()).isEqualTo(CleanupStatus.ROLLED_BACK);
    }

    @Test
    void aLongListComesInParts() {
        for (int i = 0; i < 250; i++) {
            cleanups.register(task("task-" + i));
        }

        CleanupManager.Listed first = list(0);
        CleanupManager.Listed second = list(first.tasks().size());

        assertThat(first.isLast()).isFalse();
        assertThat(second.isLast()).isTrue();
        assertThat(first.tasks().size() + second.tasks().size()).isEqualTo(250);
    }

    private CleanupManager.Listed list(int offset) {
        return cleanups.ask(CleanupManager.Listed.class, replyTo -> new CleanupManager.ListTasks(offset, replyTo));
    }

    @Test
    void aDefectOfTheManagerLosesNothing() throws InterruptedException {
        cleanups.registered(task("slow", run("gate", ""), null, null), task("last", "slow"));
        var executing = cleanups.executing("last");
        gate.awaitEntered();

        cleanups.fixture.managers().cleanups().tell(new CleanupManager.Snapshot(Nothing.nothing()));
        gate.open();

        assertThat(CleanupUnderTest.result(executing).status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.acted).containsExactly("last");
        assertThat(gate.insideMax).hasValue(1);
        assertThat(cleanups.fixture.services.instruments.all())
                .filteredOn(each -> each.name().equals("millrace_managers_restarted_total"))
                .extracting("value")
                .hasToString("[1]");
    }
}
