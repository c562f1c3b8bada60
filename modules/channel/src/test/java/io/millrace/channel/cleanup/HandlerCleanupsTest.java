package io.millrace.channel.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.Callers;
import io.millrace.channel.handler.context.ManagerCalls;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Reference;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Cleanup tasks as a handler sees them through its context. A probe stands for the cleanup manager. */
class HandlerCleanupsTest {
    private static final ActorTestKit KIT = ActorTestKit.create(ManualTime.config());
    private static final ManualTime TIME = ManualTime.get(KIT.system());
    private static final CleanupTask TASK = new CleanupTask(
            new CleanupName("drop-temp"),
            List.of(),
            null,
            new CleanupAction.Release(ReleaseScope.LOCKS),
            null,
            null,
            true,
            List.of());
    private static final Handle HANDLE =
            new Handle(HandleType.CLEANUP, "drop-temp", new ChannelName("build"), 1, "node", "seal");
    private static final CleanupView VIEW =
            new CleanupView(HANDLE, TASK, CleanupStatus.NOT_STARTED, Instant.EPOCH, null);

    private static final CleanupResult RUNNING = new CleanupResult(
            7,
            TASK.name(),
            null,
            CleanupStatus.RUNNING,
            Instant.EPOCH,
            null,
            Duration.ofMinutes(1),
            List.of(),
            Released.NOTHING,
            null,
            List.of(),
            List.of());

    private final TestProbe<CleanupManager.Command> manager = KIT.createTestProbe();
    private final HandlerCleanups cleanups = new HandlerCleanups(new ManagerCalls<>(
            "CleanupManager",
            manager.ref(),
            KIT.system().scheduler(),
            KIT.system().executionContext()));

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    void taskIsRegisteredWithoutAKey() throws Exception {
        CompletionStage<CleanupView> registered = cleanups.register(TASK);

        var request = manager.expectMessageClass(CleanupManager.Register.class);
        request.replyTo().tell(new CleanupManager.Registered(VIEW, false));

        assertThat(request.task()).isEqualTo(TASK);
        assertThat(request.requestKey()).isNull();
        assertThat(Callers.await(registered)).isEqualTo(VIEW);
    }

    @Test
    void executionIsWaitedForAsLongAsAnyCallerMayWait() throws Exception {
        CompletionStage<CleanupResult> executed = cleanups.execute(HANDLE);
        var request = manager.expectMessageClass(CleanupManager.Execute.class);
        request.replyTo().tell(new CleanupManager.Executed(RUNNING));

        assertThat(request.task()).isEqualTo(Reference.to(HANDLE));
        assertThat(request.waitMillis()).isEqualTo(Limits.CLEANUP_WAIT_MAX.toMillis());
        assertThat(Callers.await(executed)).isEqualTo(RUNNING);
    }

    /** The wait begins when the channels that the task depends on were asked. */
    @Test
    void executionMayAskOtherChannelsFirst() throws Exception {
        CompletionStage<CleanupResult> executed = cleanups.execute(HANDLE);
        var request = manager.expectMessageClass(CleanupManager.Execute.class);

        TIME.timePasses(Limits.ASK_TIMEOUT.plus(Limits.CLEANUP_WAIT_MAX));
        request.replyTo().tell(new CleanupManager.Executed(RUNNING));

        assertThat(Callers.await(executed)).isEqualTo(RUNNING);
    }

    @Test
    void rollbackMayAskOtherChannelsFirst() throws Exception {
        CompletionStage<RollbackResult> rolledBack = cleanups.rollback(HANDLE);
        var request = manager.expectMessageClass(CleanupManager.Rollback.class);

        TIME.timePasses(Limits.ASK_TIMEOUT.plus(Limits.CLEANUP_WAIT_MAX));
        request.replyTo().tell(new CleanupManager.RolledBack(new RollbackResult(true, "")));

        assertThat(Callers.await(rolledBack).rolledBack()).isTrue();
    }

    @Test
    void everyOtherCallNamesTheTaskByItsHandle() throws Exception {
        CompletionStage<Boolean> removed = cleanups.remove(HANDLE);
        var remove = manager.expectMessageClass(CleanupManager.Remove.class);
        remove.replyTo().tell(new CleanupManager.Removed(true));
        CompletionStage<RollbackResult> rolledBack = cleanups.rollback(HANDLE);
        var rollback = manager.expectMessageClass(CleanupManager.Rollback.class);
        rollback.replyTo().tell(new CleanupManager.RolledBack(new RollbackResult(false, "It was never executed.")));
        CompletionStage<CleanupView> shown = cleanups.show(HANDLE);
        var show = manager.expectMessageClass(CleanupManager.Show.class);
        show.replyTo().tell(new CleanupManager.Shown(VIEW));
        CompletionStage<DependencyReport> validated = cleanups.validateDependencies(HANDLE);
        var validate = manager.expectMessageClass(CleanupManager.ValidateDependencies.class);
        var report = new DependencyReport(true, List.of(), List.of(), List.of(), List.of(), List.of(), List.of());
        validate.replyTo().tell(new CleanupManager.Dependencies(report));

        assertThat(List.of(remove.task(), rollback.task(), show.task(), validate.task()))
                .containsOnly(Reference.to(HANDLE));
        assertThat(Callers.await(removed)).isTrue();
        assertThat(Callers.await(rolledBack).rolledBack()).isFalse();
        assertThat(Callers.await(shown)).isEqualTo(VIEW);
        assertThat(Callers.await(validated)).isEqualTo(report);
    }

    @Test
    void refusalReachesTheHandler() {
        CompletionStage<CleanupView> registered = cleanups.register(TASK);

        manager.expectMessageClass(CleanupManager.Register.class)
                .replyTo()
                .tell(new ManagerReply.Refused(
                        Problem.of(ErrorCode.ALREADY_EXISTS, "CleanupManager", "There is such a task already.")));

        assertThat(refusal(registered).code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
    }

    @Test
    void nothingIsSentOnceTheAttemptIsOver() {
        cleanups.close();

        Problem problem = refusal(cleanups.execute(HANDLE));

        assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(problem.component()).isEqualTo("CleanupManager");
        manager.expectNoMessage(Duration.ZERO);
    }

    private static Problem refusal(CompletionStage<?> answer) {
        var failure = catchThrowableOfType(ExecutionException.class, () -> Callers.await(answer));
        return ((MillraceException) Objects.requireNonNull(failure.getCause())).problem();
    }
}
