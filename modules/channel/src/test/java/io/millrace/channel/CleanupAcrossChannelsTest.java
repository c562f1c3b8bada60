package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.error;
import static io.millrace.channel.CleanupUnderTest.once;
import static io.millrace.channel.CleanupUnderTest.result;
import static io.millrace.channel.CleanupUnderTest.run;
import static io.millrace.channel.CleanupUnderTest.step;
import static io.millrace.channel.CleanupUnderTest.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.handle.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that depend on tasks of another channel. */
class CleanupAcrossChannelsTest {
    private static final ChannelName OTHER = new ChannelName("other");

    @TempDir
    Path data;

    private final TestHandler.Gate gate = new TestHandler.Gate("gate");
    private CleanupUnderTest cleanups;
    private ActorRef<Channel.Command> other;

    @BeforeEach
    void start() {
        cleanups = new CleanupUnderTest(data, gate).started();
        other = cleanups.fixture.start(OTHER);
        TestProbe<ChannelReply> caller = cleanups.fixture.caller();
        other.tell(new ChannelRequest.Put(ChannelSpec.DEFAULT, caller.ref()));
        caller.expectMessageClass(ChannelReply.ChannelShown.class, CleanupUnderTest.PATIENCE);
    }

    @AfterEach
    void stop() {
        gate.open();
        cleanups.close();
    }

    private void registeredThere(CleanupTask task) {
        cleanups.ask(
                other,
                CleanupManager.Registered.class,
                replyTo -> new CleanupManager.Register(task, null, null, replyTo));
    }

    private CleanupResult executeThere(String task) {
        return cleanups.ask(
                        other,
                        CleanupManager.Executed.class,
                        replyTo -> new CleanupManager.Execute(
                                Reference.byId(task), CleanupUnderTest.PATIENCE.toMillis(), replyTo))
                .result();
    }

    private static CleanupTask open(CleanupTask task, ChannelName... dependents) {
        return new CleanupTask(
                task.name(),
                task.dependsOn(),
                task.timeout(),
                task.action(),
                task.check(),
                task.undo(),
                task.isRepeatable(),
                List.of(dependents));
    }

    @Test
    @Proves("C-01")
    void aStepWaitsUntilTheTaskOfTheOtherChannelHasCompleted() throws InterruptedException {
        registeredThere(task("flush"));
        cleanups.registered(task("before", run("gate", ""), null, null), task("here", "before", "other/flush"));
        TestProbe<ManagerReply> executing = cleanups.executing("here");
        gate.awaitEntered();
        gate.open();
        assertThat(cleanups.status("here")).isEqualTo(CleanupStatus.RUNNING);

        executeThere("flush");

        assertThat(result(executing).status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.acted).containsExactly("flush", "here");
    }

    @Test
    void aFailureInTheOtherChannelFailsTheStepHere() {
        registeredThere(once(task("flush", run("fail", "flush"), null, null)));
        executeThere("flush");
        cleanups.registered(
                task("here", "other/flush"), task("after", "here"), task("beside"), task("all", "after", "beside"));

        CleanupResult result = cleanups.execute("all");

        assertThat(step(result, "here")).isEqualTo(StepStatus.FAILED);
        assertThat(error(result, "here")).contains("other/flush", "FAILED");
        assertThat(step(result, "after")).isEqualTo(StepStatus.SKIPPED);
        assertThat(step(result, "beside")).isEqualTo(StepStatus.COMPLETE);
    }

    @Test
    void aWaitEndsWithTheTimeOfTheStep() {
        registeredThere(task("flush"));
        cleanups.registered(CleanupUnderTest.within(Duration.ofMillis(300), task("here", "other/flush")));

        CleanupResult result = cleanups.execute("here");

        assertThat(error(result, "here")).contains("did not complete within");
    }

    @Test
    void aCircleThroughAnotherChannelIsFoundBeforeAnythingRuns() {
        registeredThere(task("flush", "build/here"));
        cleanups.registered(task("first"), task("here", "first", "other/flush"));

        Problem problem =
                cleanups.refused(replyTo -> new CleanupManager.Execute(Reference.byId("here"), 1_000, replyTo));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(problem.detail()).contains("circle", "other/flush", "here");
        assertThat(cleanups.acted).isEmpty();
    }

    @Test
    void whatDoesNotExistOrDoesNotAllowItIsNamed() {
        registeredThere(open(task("closed"), new ChannelName("friend")));
        cleanups.registered(task("here", "other/closed", "other/missing", "nowhere/task"));

        DependencyReport report = cleanups.ask(
                        CleanupManager.Dependencies.class,
                        replyTo -> new CleanupManager.ValidateDependencies(Reference.byId("here"), replyTo))
                .report();

        assertThat(report.valid()).isFalse();
        assertThat(report.forbiddenCrossChannel()).extracting(Object::toString).containsExactly("here → other/closed");
        assertThat(report.missing())
                .extracting(Object::toString)
                .containsExactly("here → nowhere/task", "here → other/missing");
    }
}
