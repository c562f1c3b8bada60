package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.error;
import static io.millrace.channel.CleanupUnderTest.once;
import static io.millrace.channel.CleanupUnderTest.result;
import static io.millrace.channel.CleanupUnderTest.run;
import static io.millrace.channel.CleanupUnderTest.shell;
import static io.millrace.channel.CleanupUnderTest.step;
import static io.millrace.channel.CleanupUnderTest.task;
import static io.millrace.channel.CleanupUnderTest.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.domain.cleanup.CleanupChange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The courses an execution can take, through a real channel with its real managers. */
class CleanupExecutionTest {
    /** Of the node in these tests; fewer than the slots of a channel. */
    private static final int HANDLER_PERMITS = 16;

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

    @Test
    @Proves({"C-04", "C-09"})
    void aTaskIsExecutedBehindWhatItDependsOn() {
        cleanups.registered(task("web"), task("temp", "web"), task("db", "web", "temp"));
        assertThat(cleanups.status("db")).isEqualTo(CleanupStatus.NOT_STARTED);

        CleanupResult result = cleanups.execute("db");

        assertThat(result.status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.acted).containsExactly("web", "temp", "db");
        assertThat(result.steps()).extracting("status").containsOnly(StepStatus.COMPLETE);
        assertThat(cleanups.status("db")).isEqualTo(CleanupStatus.COMPLETE);
    }

    @Test
    @Proves("C-45")
    void whatDependsOnAFailedStepIsSkippedAndTheRestRuns() {
        cleanups.registered(
                once(task("web", run("fail", "web"), null, null)),
                task("temp", "web"),
                task("other"),
                task("all", "temp", "other"));

        CleanupResult result = cleanups.execute("all");

        assertThat(result.status()).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);
        assertThat(step(result, "web")).isEqualTo(StepStatus.FAILED);
        assertThat(error(result, "web")).contains("it is stuck");
        assertThat(step(result, "temp")).isEqualTo(StepStatus.SKIPPED);
        assertThat(error(result, "temp")).contains("'web'");
        assertThat(step(result, "all")).isEqualTo(StepStatus.SKIPPED);
        assertThat(step(result, "other")).isEqualTo(StepStatus.COMPLETE);
        assertThat(cleanups.conditions()).contains("CleanupIncomplete");
    }

    @Test
    @Proves("C-39")
    void aStepWhoseCheckDisagreesHasFailed() {
        cleanups.registered(once(task("temp", run("ok", "temp"), run("no", ""), null)));

        CleanupResult result = cleanups.execute("temp");

        assertThat(cleanups.acted).containsExactly("temp");
        assertThat(result.status()).isEqualTo(CleanupStatus.FAILED);
        assertThat(error(result, "temp")).contains("check", "returned false");
    }

    @Test
    @Proves("C-47")
    void whatACheckDoesNotConfirmIsTriedAgainForAWhileAndThenTheChannelSaysSo() {
        cleanups.registered(task("temp", run("ok", "temp"), run("no", ""), null), task("last", "temp"));
        long start = System.nanoTime();

        CleanupResult result = cleanups.execute("last");

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(cleanups.acted).containsExactly("temp", "temp", "temp", "temp");
        assertThat(result.steps().getFirst().tries()).isEqualTo(4);
        assertThat(error(result, "temp")).contains("check", "returned false");
        assertThat(step(result, "last")).isEqualTo(StepStatus.SKIPPED);
        assertThat(cleanups.conditions()).contains("CleanupIncomplete");
        IncidentReport incident = cleanups.incident(IncidentKind.CLEANUP_FAILED, "last");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        assertThat(incident.detail()).contains("'temp'", "returned false");
    }

    @Test
    void aRepeatableStepIsTriedAgainAndOneThatIsNotIsNot() {
        cleanups.registered(
                task("again", run("fail", "again"), null, null), once(task("once", run("fail", "once"), null, null)));

        assertThat(cleanups.execute("again").steps().getFirst().tries()).isEqualTo(4);
        assertThat(cleanups.execute("once").steps().getFirst().tries()).isEqualTo(1);

        assertThat(cleanups.acted).containsExactly("again", "again", "again", "again", "once");
        assertThat(cleanups.stored(CleanupChange.StepStarted.class)).hasSize(5);
    }

    @Test
    void aStepThatTakesTooLongIsStoppedAndFails() {
        cleanups.registered(
                within(Duration.ofMillis(200), once(task("handler", run("gate", ""), null, null))),
                within(Duration.ofMillis(200), once(task("process", shell("sleep 60"), null, null))));

        CleanupResult handler = cleanups.execute("handler");
        CleanupResult process = cleanups.execute("process");

        assertThat(error(handler, "handler")).contains("did not end within");
        assertThat(error(process, "process")).contains("did not end within");
        assertThat(process.duration()).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aProcessStepHasWorkedIfItExitsWithZero() {
        cleanups.registered(
                once(task("good", shell("exit 0"), null, null)), once(task("bad", shell("exit 3"), null, null)));

        assertThat(cleanups.execute("good").status()).isEqualTo(CleanupStatus.COMPLETE);
        CleanupResult bad = cleanups.execute("bad");

        assertThat(bad.status()).isEqualTo(CleanupStatus.FAILED);
        assertThat(error(bad, "bad")).contains("exit code 3");
    }

    /** Otherwise a cleanup would wait for what it is to end. */
    @Test
    void aStepActsWhileOtherHandlersHoldEveryPermitOfTheNode() throws InterruptedException {
        for (int n = 0; n < HANDLER_PERMITS; n++) {
            cleanups.fixture
                    .channel()
                    .tell(new ChannelRequest.AskThreads(new ThreadManager.Create(
                            ThreadSpec.of("gate", null),
                            null,
                            null,
                            null,
                            cleanups.caller().ref())));
            gate.awaitEntered();
        }
        cleanups.registered(task("web"));

        CleanupResult result = cleanups.execute("web");

        assertThat(result.status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(gate.inside).hasValue(HANDLER_PERMITS);
    }

    @Test
    void aRequestHasWorkedIfItIsAnsweredWithAnExpectedStatus() {
        var expected = new CleanupAction.Http("DELETE", "http://127.0.0.1/", Map.of(), "", List.of());
        var unexpected = new CleanupAction.Http("DELETE", "http://127.0.0.1/", Map.of(), "", List.of(200));
        cleanups.registered(once(task("good", expected, null, null)), once(task("bad", unexpected, null, null)));

        assertThat(cleanups.execute("good").status()).isEqualTo(CleanupStatus.COMPLETE);
        CleanupResult bad = cleanups.execute("bad");

        assertThat(error(bad, "bad")).contains("status 204", "[200]");
    }

    @Test
    void independentStepsActAtTheSameTime() throws InterruptedException {
        String[] names = IntStream.range(0, 10).mapToObj(i -> "step-" + i).toArray(String[]::new);
        Stream.of(names).forEach(name -> cleanups.register(task(name, run("gate", ""), null, null)));
        cleanups.registered(task("all", names));

        var executing = cleanups.executing("all");
        for (int i = 0; i < names.length; i++) {
            gate.awaitEntered();
        }
        gate.open();

        assertThat(result(executing).status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(gate.insideMax).hasValue(10);
    }

    @Test
    @Proves("C-51")
    void howeverManyAskATaskIsExecutedOnceAtATime() throws InterruptedException {
        cleanups.registered(task("slow", run("gate", ""), null, null));
        var first = cleanups.executing("slow");
        gate.awaitEntered();
        var second = cleanups.executing("slow");
        assertThat(cleanups.status("slow")).isEqualTo(CleanupStatus.RUNNING);

        gate.open();

        assertThat(result(second)).isEqualTo(result(first));
        assertThat(gate.insideMax).hasValue(1);
        assertThat(cleanups.stored(CleanupChange.RunStarted.class)).hasSize(1);
    }

    @Test
    void anExecutionThatSharesATaskWaitsForItsTurn() throws InterruptedException {
        cleanups.registered(
                task("shared", run("gate", ""), null, null), task("one", "shared"), task("other", "shared"));
        var one = cleanups.executing("one");
        gate.awaitEntered();
        var other = cleanups.executing("other");
        cleanups.show("other");

        gate.open();

        assertThat(result(one).status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(result(other).status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.stored(CleanupChange.RunStarted.class)).hasSize(2);
    }

    @Test
    void whoeverDoesNotWaitIsToldThatItRuns() throws InterruptedException {
        cleanups.registered(task("slow", run("gate", ""), null, null));

        CleanupResult early = cleanups.ask(
                        CleanupManager.Executed.class,
                        replyTo -> new CleanupManager.Execute(Reference.byId("slow"), 0, replyTo))
                .result();
        gate.awaitEntered();
        gate.open();

        assertThat(early.status()).isEqualTo(CleanupStatus.RUNNING);
        assertThat(result(cleanups.executing("slow")).status()).isEqualTo(CleanupStatus.COMPLETE);
    }

    @Test
    @Proves({"C-33", "C-46"})
    void nothingOfAnInvalidGraphIsExecuted() {
        cleanups.registered(task("a", "b"), task("b", "c"), task("c", "b"), task("d", "nowhere"));

        var circle = cleanups.refused(replyTo -> new CleanupManager.Execute(Reference.byId("a"), 1_000, replyTo));
        var missing = cleanups.refused(replyTo -> new CleanupManager.Execute(Reference.byId("d"), 1_000, replyTo));

        assertThat(circle.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(circle.detail()).contains("circle", "b", "c");
        assertThat(missing.detail()).contains("d → nowhere");
        assertThat(cleanups.acted).isEmpty();
        assertThat(cleanups.stored(CleanupChange.RunStarted.class)).isEmpty();
    }

    @Test
    @Proves("C-68")
    void aDependencyThatIsRegisteredLaterLetsTheTaskRun() {
        cleanups.registered(task("late", "first"));
        cleanups.refused(replyTo -> new CleanupManager.Execute(Reference.byId("late"), 1_000, replyTo));

        cleanups.registered(task("first"));

        assertThat(cleanups.execute("late").status()).isEqualTo(CleanupStatus.COMPLETE);
    }

    @Test
    void anExecutionGoesOnFromOneThatHasFailed() {
        cleanups.registered(
                task("first"), once(task("second", shell("test -e " + data.resolve("mended")), null, null, "first")));
        assertThat(cleanups.execute("second").status()).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);

        cleanups.registered(task("mend", shell("touch " + data.resolve("mended")), null, null));
        cleanups.execute("mend");
        CleanupResult again = cleanups.execute("second");

        assertThat(again.status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.acted).containsExactly("first");
        assertThat(cleanups.conditions()).doesNotContain("CleanupIncomplete");
    }
}
