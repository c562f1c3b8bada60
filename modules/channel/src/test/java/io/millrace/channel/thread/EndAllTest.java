package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.ChannelManagers.handler;
import static io.millrace.channel.fixture.ChannelManagers.shell;
import static io.millrace.channel.fixture.Nothing.nothing;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.InMemoryLogArchive;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.contracts.thread.ThreadView;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of everything that runs in a channel, for its cleanup. */
class EndAllTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final int SLOTS = ChannelSpec.DEFAULT.threads().max();

    @TempDir
    Path directory;

    private final List<ChannelManagers> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(ChannelManagers::close);
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    void attemptsEndInterruptedAndThreadsEnd() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var calls = new ThreadCalls(KIT, managers.threads);
        AttemptId attempt = managers.run(handler("gate"));
        gate.awaitEntered();
        AttemptId process = managers.run(shell("sleep 1000"));
        ThreadView thread = calls.create("gate");
        gate.awaitEntered();

        // when
        var ended = endAll(managers);

        // then
        assertThat(ended).isEqualTo(new ThreadManager.AllEnded(3, List.of()));
        assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.INTERRUPTED);
        assertThat(managers.outcome(process).kind()).isEqualTo(Kind.INTERRUPTED);
        assertThat(calls.show(thread).state()).isEqualTo(ThreadState.ENDED);
        assertThat(managers.threads().threads()).isEmpty();
        assertThat(managers.processes()).isEmpty();
    }

    @Test
    void theChannelIsToldToStartNothingBeforeItHearsOfTheFirstEnd() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        managers.run(handler("gate"));
        gate.awaitEntered();

        // when
        endAll(managers);

        // then
        List<ChannelReport> reports = new ArrayList<>();
        while (reports.isEmpty() || !(reports.getLast() instanceof ChannelReport.AttemptFinished)) {
            reports.add(managers.reports.receiveMessage(PATIENCE));
        }
        assertThat(reports).contains(new ChannelReport.StartingHeld(true));
    }

    @Test
    @Proves("C-41")
    void nothingStartsUntilTheChannelIsOpenAgain() {
        // given
        var managers = with(TestHandler.named("noop", _ -> null));
        var calls = new ThreadCalls(KIT, managers.threads);
        endAll(managers);

        // when
        AttemptId attempt = managers.run(handler("noop"));
        var refusal = calls.refusalOf(ThreadSpec.of("noop", null));

        // then
        var wait = managers.report(ChannelReport.AttemptWaits.class);
        assertThat(Objects.requireNonNull(wait.condition()).type()).isEqualTo("WaitingForCleanup");
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(refusal.detail()).contains("being cleaned up", "Try again when the cleanup has ended");
        assertThat(managers.threads().active()).isZero();

        managers.threads.tell(ThreadManager.Reopen.INSTANCE);
        assertThat(managers.report(ChannelReport.StartingHeld.class).isHeld()).isFalse();
        assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.SUCCEEDED);
        assertThat(calls.create("noop")).isNotNull();
    }

    @Test
    void whatWaitsForASlotIsNotCutOff() throws InterruptedException {
        // given a full channel
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        for (int i = 0; i < SLOTS; i++) {
            managers.run(handler("gate"));
        }
        for (int i = 0; i < SLOTS; i++) {
            gate.awaitEntered();
        }
        AttemptId waiting = managers.run(handler("gate"));

        // when
        assertThat(endAll(managers).threads()).isEqualTo(SLOTS);
        gate.open();
        managers.threads.tell(ThreadManager.Reopen.INSTANCE);

        // then
        assertThat(managers.outcome(waiting).kind()).isEqualTo(Kind.SUCCEEDED);
    }

    @Test
    @Proves("C-25")
    void everySlotIsFreeAfterwards() throws InterruptedException {
        // given a full channel
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        for (int i = 0; i < SLOTS; i++) {
            managers.run(handler("gate"));
        }
        for (int i = 0; i < SLOTS; i++) {
            gate.awaitEntered();
        }

        // when
        endAll(managers);

        // then no slot is taken, and each can be taken again
        assertThat(managers.threads()).isEqualTo(new ThreadManager.Threads(SLOTS, 0, 0, List.of()));
        managers.threads.tell(ThreadManager.Reopen.INSTANCE);
        for (int i = 0; i < SLOTS; i++) {
            managers.run(handler("gate"));
        }
        for (int i = 0; i < SLOTS; i++) {
            gate.awaitEntered();
        }
        assertThat(managers.threads().active()).isEqualTo(SLOTS);
    }

    @Test
    void aHandlerThatWillNotEndIsNamedAndNotRunAgain() throws InterruptedException {
        // given
        var gate = TestHandler.Gate.stubborn("stubborn");
        var managers = with(gate);
        AttemptId attempt = managers.run(handler("stubborn"));
        gate.awaitEntered();

        // when
        var ended = endAll(managers);

        // then
        assertThat(ended.threads()).isOne();
        assertThat(ended.notGone())
                .singleElement()
                .asString()
                .contains(attempt.job().toString(), "still runs on thread millrace-" + managers.channel);
        assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.FAILED_FOR_GOOD);
        gate.open();
    }

    @Test
    void askedAgainItSaysTheSame() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        managers.run(handler("gate"));
        gate.awaitEntered();

        // when
        var first = endAllLater(managers);
        var second = endAllLater(managers);

        // then
        var ended = first.receiveMessage(PATIENCE);
        assertThat(ended.threads()).isOne();
        assertThat(second.receiveMessage(PATIENCE)).isEqualTo(ended);
        assertThat(endAll(managers)).isEqualTo(ended);
    }

    @Test
    void aDefectDuringACleanupStartsNothing() {
        // given
        var managers = with(TestHandler.named("noop", _ -> null));
        endAll(managers);

        // when
        managers.threads.tell(new ThreadManager.Run(nothing()));
        AttemptId attempt = managers.run(handler("noop"));

        // then
        assertThat(managers.threads().active()).isZero();
        assertThat(endAll(managers).threads()).isZero();
        managers.threads.tell(ThreadManager.Reopen.INSTANCE);
        assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.SUCCEEDED);
    }

    @Test
    void whoWaitsForTheEndWhenTheChannelOpensAgainIsToldWhatRuns() throws InterruptedException {
        // given
        var gate = TestHandler.Gate.stubborn("stubborn");
        var managers = with(gate);
        managers.run(handler("stubborn"));
        gate.awaitEntered();

        // when
        var ended = endAllLater(managers);
        managers.threads.tell(ThreadManager.Reopen.INSTANCE);

        // then
        assertThat(ended.receiveMessage(PATIENCE).notGone()).hasSize(1);
        gate.open();
    }

    private ChannelManagers with(JobHandler handler) {
        var managers = new ChannelManagers(
                KIT,
                directory.resolve("data-" + started.size()),
                ChannelSpec.DEFAULT,
                new InMemoryLogArchive(),
                HandlerPermits.forProcessors(100),
                List.of(handler));
        started.add(managers);
        return managers;
    }

    private static ThreadManager.AllEnded endAll(ChannelManagers managers) {
        return endAllLater(managers).receiveMessage(PATIENCE);
    }

    private static TestProbe<ThreadManager.AllEnded> endAllLater(ChannelManagers managers) {
        var probe = KIT.<ThreadManager.AllEnded>createTestProbe();
        managers.threads.tell(new ThreadManager.EndAll(probe.getRef()));
        return probe;
    }
}
