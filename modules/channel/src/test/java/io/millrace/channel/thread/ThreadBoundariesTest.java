package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.SecurityBoundary;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.contracts.thread.ThreadView;
import io.millrace.contracts.work.JobKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked about a thread under a handle that breaks a boundary, and what is told of it. */
@SuppressWarnings("NullAway.Init")
class ThreadBoundariesTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    @TempDir
    Path directory;

    private final TestHandler.Gate gate = new TestHandler.Gate("gate");
    private ChannelManagers managers;
    private ThreadCalls calls;
    private ThreadView thread;

    @BeforeEach
    void startThread() throws InterruptedException {
        managers = ChannelManagers.with(KIT, directory, gate);
        calls = new ThreadCalls(KIT, managers.threads);
        thread = calls.create("gate");
        gate.awaitEntered();
    }

    @AfterEach
    void stop() {
        gate.open();
        managers.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    @Proves("T-05")
    void aCleanHandleHasNoViolations() {
        assertThat(violations(Reference.to(thread.handle()))).isEmpty();
        assertThat(violations(Reference.byId(thread.handle().id()))).isEmpty();
    }

    @Test
    @Proves("T-05")
    void eachBrokenBoundaryIsReportedAndNoOther() {
        var handle = thread.handle();

        assertThat(violations(Reference.to(unsealed(handle)))).containsExactly(SecurityBoundary.AUTHENTICITY);
        assertThat(violations(Reference.to(sealed(handle.type(), new ChannelName("other"), 1, handle.node()))))
                .containsExactly(SecurityBoundary.OWNERSHIP);
        assertThat(violations(Reference.to(sealed(handle.type(), handle.channel(), 0, handle.node()))))
                .containsExactly(SecurityBoundary.INCARNATION);
        assertThat(violations(Reference.to(sealed(handle.type(), handle.channel(), 1, "node-2"))))
                .containsExactly(SecurityBoundary.NODE);
        assertThat(violations(Reference.to(sealed(HandleType.LEASE, handle.channel(), 1, handle.node()))))
                .containsExactly(SecurityBoundary.MESSAGE_TYPE);
    }

    @Test
    @Proves("T-05")
    void aChannelThatAllowsLessByNowIsReportedAndItsThreadsCanStillBeEnded() {
        // given a second thread, and a specification that has room for one and for none of its kind
        calls.create("gate");
        var usual = ChannelSpec.DEFAULT;
        managers.threads.tell(new ThreadManager.Configure(new ChannelSpec(
                new ChannelSpec.Threads(1, List.of()),
                usual.resources(),
                usual.queuedJobsMax(),
                Set.of(JobKind.PROCESS),
                usual.jobTimeout(),
                usual.retention(),
                usual.env(),
                usual.labels())));

        // when, then
        assertThat(violations(Reference.to(thread.handle())))
                .containsExactly(SecurityBoundary.JOB_KIND, SecurityBoundary.QUOTA);
        assertThat(calls.terminate(thread.handle(), PATIENCE).terminated()).isTrue();
    }

    @Test
    @Proves({"T-33", "T-41", "T-46"})
    void everyCommandWithAForgedHandleIsRefusedAndCountedAndDoesNothing() {
        // given
        var forged = Reference.to(unsealed(thread.handle()));

        // when
        var refusals = List.of(
                calls.refusal(replyTo -> new ThreadManager.Show(forged, replyTo)),
                calls.refusal(replyTo -> new ThreadManager.AwaitEnd(forged, 1_000, replyTo)),
                calls.refusal(replyTo -> new ThreadManager.Terminate(forged, 1_000, replyTo)),
                calls.refusal(replyTo -> new ThreadManager.Measure(forged, replyTo)));

        // then
        assertThat(refusals)
                .allSatisfy(problem -> assertThat(problem.code()).isEqualTo(ErrorCode.PERMISSION))
                .allSatisfy(problem -> assertThat(problem.detail()).contains("AUTHENTICITY"));
        assertThat(calls.show(thread).state()).isEqualTo(ThreadState.RUNNING);
        assertThat(calls.totals()).containsEntry("boundary.violations", 4.0);
    }

    @Test
    @Proves({"T-04", "T-07"})
    void anUnknownThreadIsNotFound() {
        for (var id : List.of("01JZZZZZZZZZZZZZZZZZZZZZZZ", "01JZZZZZZZZZZZZZZZZZZZZZZZ-1", "nonsense", "x-y", "")) {
            var unknown = Reference.byId(id);
            assertThat(calls.refusal(replyTo -> new ThreadManager.Terminate(unknown, 0, replyTo))
                            .code())
                    .isEqualTo(ErrorCode.NOT_FOUND);
            assertThat(calls.refusal(replyTo -> new ThreadManager.Measure(unknown, replyTo))
                            .code())
                    .isEqualTo(ErrorCode.NOT_FOUND);
            assertThat(calls.refusal(replyTo -> new ThreadManager.Validate(unknown, replyTo))
                            .code())
                    .isEqualTo(ErrorCode.NOT_FOUND);
        }
    }

    private List<SecurityBoundary> violations(Reference reference) {
        var reply = (ThreadManager.Validated) calls.ask(replyTo -> new ThreadManager.Validate(reference, replyTo));
        return reply.report().violations().stream()
                .map(BoundaryViolation::boundary)
                .toList();
    }

    private static Handle unsealed(Handle handle) {
        return new Handle(handle.type(), handle.id(), handle.channel(), handle.incarnation(), handle.node(), "forged");
    }

    private Handle sealed(HandleType type, ChannelName channel, long incarnation, String node) {
        return managers.services.seals().seal(type, thread.handle().id(), channel, incarnation, node);
    }
}
