package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.handler;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

/** Handler jobs from their start to their cleaned-up end. */
class HandlerJobTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    @TempDir
    Path directory;

    private @Nullable ChannelManagers managers;

    @AfterEach
    void stop() {
        if (managers != null) {
            managers.close();
        }
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    void theResultIsWhatTheHandlerReturned() {
        // given
        var managers = with("double", context -> Map.of("twice", 2 * (int) Objects.requireNonNull(context.input())));

        // when
        var outcome = managers.runToEnd(ChannelManagers.job(new Work.Handler("double", 21)));

        // then
        assertThat(outcome).isEqualTo(AttemptOutcome.succeeded(null, "{\"twice\":42}"));
    }

    @Test
    void aHandlerSeesTheTraceOfItsSubmissionAndLogsUnderIt() {
        // given
        var seen = new AtomicReference<@Nullable String>();
        var logged = new AtomicReference<@Nullable String>();
        var managers = with("traced", context -> {
            seen.set(context.traceparent());
            logged.set(MDC.get("traceparent"));
            return null;
        });
        String traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

        // when
        managers.runToEnd(handler("traced").withTraceparent(traceparent));

        // then
        assertThat(seen.get()).isEqualTo(traceparent);
        assertThat(logged.get()).isEqualTo(traceparent);

        // when another attempt runs without
        managers.runToEnd(handler("traced"));

        // then
        assertThat(seen.get()).isNull();
        assertThat(logged.get()).isNull();
    }

    @Test
    void anExceptionFailsTheAttemptWithItsMessage() {
        // given
        var managers = with("broken", _ -> {
            throw new IllegalStateException("no luck today");
        });

        // when
        var outcome = managers.runToEnd(handler("broken"));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED);
        assertThat(problem(outcome).detail()).isEqualTo("no luck today");
    }

    @Test
    void anErrorOfTheVirtualMachineEndsItsAttemptAndNothingElse() {
        // given
        var managers = with("deep", context -> nested(context, 1));

        // when
        var outcome = managers.runToEnd(handler("deep"));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED);
        assertThat(problem(outcome).context()).containsEntry("exception", "java.lang.StackOverflowError");
        assertThat(managers.runToEnd(handler("deep")).kind()).isEqualTo(Kind.FAILED);
    }

    /** Lists within lists, deeper than any stack. */
    private static Object nested(JobContext context, long depth) {
        return depth < Long.MAX_VALUE ? List.of(nested(context, depth + 1)) : depth;
    }

    @Test
    void anUnknownHandlerFailsForGoodAndNamesTheNearest() {
        // given
        var managers = with("word-count", _ -> null);

        // when
        var outcome = managers.runToEnd(handler("wordcount"));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED_FOR_GOOD);
        assertThat(problem(outcome).code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(problem(outcome).detail()).contains("'wordcount'").contains("Did you mean word-count?");
    }

    @Test
    void aResultThatIsTooLargeFailsForGood() {
        // given
        var managers = with("large", _ -> "x".repeat(Limits.JOB_RESULT_BYTES_MAX));

        // when
        var outcome = managers.runToEnd(handler("large"));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED_FOR_GOOD);
        assertThat(problem(outcome).detail()).contains(Integer.toString(Limits.JOB_RESULT_BYTES_MAX));
    }

    @Test
    void linesOfAHandlerAreDurableWhenItHasEnded() {
        // given
        var managers = with("talker", context -> {
            context.log("first");
            context.log("second\nthird");
            return null;
        });

        // when
        var attempt = managers.run(handler("talker"));
        managers.outcome(attempt);

        // then
        assertThat(managers.text(attempt)).containsExactly("first", "second", "third");
        assertThat(managers.services.logArchive().lastCursor(managers.channel)).isPositive();
    }

    @Test
    void aHandlerThatWritesFasterThanIsStoredIsHeldBackAndLosesNothing() {
        // given
        var managers = with("flood", context -> {
            for (int i = 0; i < 100_000; i++) {
                context.log(i + " " + "x".repeat(100));
            }
            return null;
        });

        // when
        var attempt = managers.run(handler("flood"));
        managers.outcome(attempt);

        // then
        assertThat(managers.lines(attempt)).hasSize(100_000);
    }

    @Test
    @Proves({"G-27", "G-31"})
    void threadsOfAHandlerMayWriteAtTheSameTime() {
        // given
        var managers = with("crowd", context -> {
            try (var threads = Executors.newFixedThreadPool(4)) {
                for (int thread = 0; thread < 4; thread++) {
                    var _ = threads.submit(() -> {
                        for (int i = 0; i < 20_000; i++) {
                            context.log("x".repeat(100));
                        }
                    });
                }
            }
            return null;
        });

        // when
        var attempt = managers.run(handler("crowd"));

        // then all of them are held back and go on
        assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.SUCCEEDED);
        assertThat(managers.lines(attempt)).hasSize(80_000);
    }

    @Test
    void theLatestProgressIsToldAndFrequentOnesAreMerged() {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with("busy", context -> {
            for (int i = 1; i <= 10_000; i++) {
                context.progress(i, 10_000L, "counting");
            }
            return gate.run(context);
        });

        // when
        managers.run(handler("busy"));

        // then
        var told = managers.report(ChannelReport.Progressed.class);
        int reports = 1;
        while (told.progress().completed() < 10_000) {
            told = managers.report(ChannelReport.Progressed.class);
            reports++;
        }
        assertThat(reports).isLessThan(100);
        gate.open();
    }

    @Test
    void publishedEventsReachTheChannel() {
        // given
        var managers = with("publisher", context -> {
            context.publish("order.packed", Map.of("order", 7));
            return null;
        });

        // when
        var attempt = managers.run(handler("publisher"));

        // then
        assertThat(managers.report(ChannelReport.Published.class))
                .isEqualTo(new ChannelReport.Published(attempt, "order.packed", "{\"order\":7}"));
    }

    @Test
    void anEventThatIsTooLargeIsRefused() {
        // given
        var managers = with("publisher", context -> {
            context.publish("big", Map.of("data", "x".repeat(Limits.EVENT_DATA_BYTES_MAX)));
            return null;
        });

        // when
        var outcome = managers.runToEnd(handler("publisher"));

        // then
        assertThat(problem(outcome).code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(problem(outcome).detail()).contains(Integer.toString(Limits.EVENT_DATA_BYTES_MAX));
    }

    @Test
    void afterTheEndAContextDoesNothing() {
        // given
        var kept = new AtomicReference<JobContext>();
        var managers = with("leaky", context -> {
            kept.set(context);
            return null;
        });
        var attempt = managers.run(handler("leaky"));
        managers.outcome(attempt);

        // when
        var context = Objects.requireNonNull(kept.get());
        context.log("too late");
        context.progress(1, null, "too late");
        context.publish("too.late", Map.of());

        // then
        assertThat(context.isCancelled()).isTrue();
        managers.reports.expectNoMessage();
        assertThat(managers.text(attempt)).isEmpty();
    }

    @Test
    @Proves("T-30")
    void aCancelledHandlerIsInterruptedAndSeesIt() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var attempt = managers.run(handler("gate"));
        var context = gate.awaitEntered();

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));

        // then
        assertThat(managers.outcome(attempt)).isEqualTo(AttemptOutcome.cancelled(null, null));
        assertThat(context.isCancelled()).isTrue();
    }

    @Test
    void aCancelOfAnEarlierAttemptChangesNothing() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var attempt = managers.run(handler("gate"));
        gate.awaitEntered();

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch() - 1));
        gate.open();

        // then
        assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.SUCCEEDED);
    }

    @Test
    void theTimeLimitEndsAHandlerThatListens() {
        // given
        var managers = with(new TestHandler.Gate("gate"));

        // when
        var outcome = managers.outcome(managers.run(handler("gate"), Duration.ofMillis(50)));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.TIMED_OUT);
    }

    @Test
    void anInterruptDoesNotReachTheNextAttemptOnTheSameThread() {
        // given a handler that swallows its interrupt late, and one that would notice
        var gate = new TestHandler.Gate("gate");
        var noticed = TestHandler.named("notices", _ -> Thread.currentThread().isInterrupted());
        var managers = ChannelManagers.with(KIT, directory.resolve("data"), gate, noticed);
        this.managers = managers;

        for (int i = 0; i < 50; i++) {
            // when
            managers.outcome(managers.run(handler("gate"), Duration.ofMillis(1)));

            // then
            assertThat(managers.runToEnd(handler("notices")).resultJson()).isEqualTo("false");
        }
    }

    @Test
    void aHandlerThatWillNotEndIsQuarantinedAndItsSlotReturnsWithIt() throws InterruptedException {
        // given
        var gate = TestHandler.Gate.stubborn("stubborn");
        var managers = with(gate);
        var attempt = managers.run(handler("stubborn"));
        gate.awaitEntered();

        // when
        managers.threads.tell(new ThreadManager.Cancel(attempt.job(), attempt.epoch()));
        var outcome = managers.outcome(attempt);

        // then nobody claims that it has ended
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED_FOR_GOOD);
        assertThat(problem(outcome).detail()).contains("still runs on thread millrace-" + managers.channel);
        assertThat(managers.report(ChannelReport.SlotsTaken.class).slots()).isEqualTo(1);
        var threads = managers.threads();
        assertThat(threads.active()).isZero();
        assertThat(threads.quarantined()).isEqualTo(1);
        assertThat(threads.threads())
                .singleElement()
                .matches(thread -> thread.state().equals("QUARANTINED"));

        // and when it returns after all, the slot is free
        gate.open();
        assertThat(managers.report(ChannelReport.SlotsTaken.class).slots()).isZero();
        assertThat(managers.threads().threads()).isEmpty();
    }

    private ChannelManagers with(String name, TestHandler.Body body) {
        return with(TestHandler.named(name, body));
    }

    private ChannelManagers with(JobHandler handler) {
        var started = ChannelManagers.with(KIT, directory.resolve("data"), handler);
        managers = started;
        return started;
    }

    private static Problem problem(AttemptOutcome outcome) {
        return Objects.requireNonNull(outcome.error());
    }
}
