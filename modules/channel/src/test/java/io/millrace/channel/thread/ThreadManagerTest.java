package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.ChannelManagers.handler;
import static io.millrace.channel.fixture.ChannelManagers.job;
import static io.millrace.channel.fixture.ChannelManagers.shell;
import static io.millrace.channel.fixture.Nothing.nothing;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.InMemoryLogArchive;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.work.JobKind;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThreadManagerTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final JobHandler NOOP = TestHandler.named("noop", _ -> null);

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

    // Slots

    @Test
    @Proves("T-25")
    void ofTwoHundredAttemptsAtMostTwentyRunAtOnce() throws InterruptedException {
        // given a node with threads to spare
        var gate = new TestHandler.Gate("gate");
        var managers = with(HandlerPermits.forProcessors(100), gate);

        // when
        var attempts = new HashSet<AttemptId>();
        for (int i = 0; i < 200; i++) {
            attempts.add(managers.run(handler("gate")));
        }
        for (int i = 0; i < 20; i++) {
            gate.awaitEntered();
        }

        // then the rest waits, and says for what
        assertThat(managers.threads().active()).isEqualTo(20);
        assertThat(gate.inside).hasValue(20);
        var waits = managers.report(ChannelReport.AttemptWaits.class);
        assertThat(Objects.requireNonNull(waits.condition()).type()).isEqualTo("WaitingForSlot");

        // and each of them ends once
        gate.open();
        for (int i = 0; i < 200; i++) {
            assertThat(attempts.remove(
                            managers.report(ChannelReport.AttemptFinished.class).attempt()))
                    .isTrue();
        }
        assertThat(gate.insideMax).hasValue(20);
        assertThat(managers.threads().active()).isZero();
    }

    @Test
    @Proves("T-47")
    void aThousandAttemptsUseNoMoreThreadsThanSlots() {
        // given
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        var managers = with(HandlerPermits.forProcessors(8), TestHandler.named("where", _ -> {
            threads.add(Thread.currentThread());
            return Thread.currentThread().getName();
        }));

        // when
        for (int i = 0; i < 1_000; i++) {
            managers.run(handler("where"));
        }
        for (int i = 0; i < 1_000; i++) {
            managers.report(ChannelReport.AttemptFinished.class);
        }

        // then
        assertThat(threads).hasSizeLessThanOrEqualTo(20);
        assertThat(threads).allMatch(thread -> thread.getName().startsWith("millrace-" + managers.channel + "-"));
    }

    @Test
    @Proves("T-25")
    void handlerThreadsAreCappedOverAllChannelsAndHungryOnesTakeTurns() throws InterruptedException {
        // given a node with room for four handlers, and two channels that want twenty each
        var permits = new HandlerPermits(4);
        var first = new TestHandler.Gate("gate");
        var second = new TestHandler.Gate("gate");
        var one = with(permits, first);
        var other = with(permits, second);
        for (int i = 0; i < 20; i++) {
            one.run(handler("gate"));
        }
        for (int i = 0; i < 4; i++) {
            first.awaitEntered();
        }
        for (int i = 0; i < 20; i++) {
            other.run(handler("gate"));
        }
        var waits = other.report(ChannelReport.AttemptWaits.class);
        assertThat(Objects.requireNonNull(waits.condition()).type()).isEqualTo("WaitingForThread");

        // when the first channel's handlers return one after the other
        first.open();

        // then the other channel gets its turns before the first has run all of its own
        second.awaitEntered();
        second.open();
        for (int i = 0; i < 20; i++) {
            one.report(ChannelReport.AttemptFinished.class);
            other.report(ChannelReport.AttemptFinished.class);
        }
        assertThat(first.insideMax.get() + second.insideMax.get()).isLessThanOrEqualTo(8);
        assertThat(first.insideMax.get()).isLessThanOrEqualTo(4);
        assertThat(second.insideMax.get()).isLessThanOrEqualTo(4);
    }

    @Test
    void aProcessNeedsNoHandlerThread() throws InterruptedException {
        // given a node whose only handler thread is taken
        var gate = new TestHandler.Gate("gate");
        var managers = with(new HandlerPermits(1), gate);
        managers.run(handler("gate"));
        gate.awaitEntered();
        managers.run(handler("gate"));

        // when
        var outcome = managers.runToEnd(shell("echo hi"));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.SUCCEEDED);
        gate.open();
    }

    @Test
    void anAttemptThatIsHandedOverTwiceRunsOnce() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(HandlerPermits.forProcessors(8), gate);
        var attempt = new Attempt(
                new AttemptId(TestJobs.id(77), 1, 77),
                JobKind.HANDLER,
                ThreadPriority.PROCESSING,
                managers.codec.encodeJobSpec(handler("gate")),
                60_000,
                Instant.now(),
                Attempt.Origin.STARTED,
                null);

        // when
        managers.threads.tell(new ThreadManager.Run(attempt));
        gate.awaitEntered();
        managers.threads.tell(new ThreadManager.Run(attempt));

        // then
        assertThat(managers.threads().active()).isEqualTo(1);
        gate.open();
        assertThat(managers.outcome(attempt.id()).kind()).isEqualTo(Kind.SUCCEEDED);
        managers.reports.expectNoMessage();
    }

    @Test
    void anAttemptThatWaitsCanBeCancelled() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(new HandlerPermits(1), gate);
        managers.run(handler("gate"));
        gate.awaitEntered();
        var waiting = managers.run(handler("gate"));

        // when
        managers.threads.tell(new ThreadManager.Cancel(waiting.job(), waiting.epoch()));

        // then
        assertThat(managers.outcome(waiting).kind()).isEqualTo(Kind.CANCELLED);
        gate.open();
    }

    // Resources

    @Test
    void declaredResourcesAreHeldForAsLongAsTheAttemptRuns() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(HandlerPermits.forProcessors(8), gate);
        var memory = new ResourceRequest(ResourceType.MEMORY, 200L << 20);
        var first = managers.run(job(new Work.Handler("gate", null), memory));
        gate.awaitEntered();

        // when another asks for more than is left
        var second = managers.run(job(new Work.Handler("gate", null), memory));

        // then it waits and says so, and runs when the first has ended
        var waits = managers.report(ChannelReport.AttemptWaits.class);
        assertThat(waits.attempt()).isEqualTo(second);
        assertThat(Objects.requireNonNull(waits.condition()).type()).isEqualTo("WaitingForResources");
        gate.open();
        assertThat(managers.outcome(first).kind()).isEqualTo(Kind.SUCCEEDED);
        assertThat(managers.outcome(second).kind()).isEqualTo(Kind.SUCCEEDED);
        assertThat(managers.resources()).allMatch(type -> type.inUse() == 0);
    }

    @Test
    void whatCanNeverBeGrantedFailsTheAttemptForGood() {
        // given
        var managers = with(HandlerPermits.forProcessors(8), NOOP);

        // when
        var outcome =
                managers.runToEnd(job(new Work.Handler("noop", null), new ResourceRequest(ResourceType.FILES, 201)));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED_FOR_GOOD);
        assertThat(Objects.requireNonNull(outcome.error()).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
    }

    @Test
    @Proves({"T-32", "T-54", "G-63", "G-80"})
    void howeverAnAttemptEndsNothingOfItRemains() throws InterruptedException {
        // given attempts that succeed, fail, pass their time, are cancelled, and lose their worker, all with resources
        var gate = new TestHandler.Gate("gate");
        var managers = with(HandlerPermits.forProcessors(8), gate, TestHandler.named("fail", _ -> {
            throw new IllegalStateException("on purpose");
        }));
        var memory = new ResourceRequest(ResourceType.MEMORY, 1 << 20);
        var buffer = new ResourceRequest(ResourceType.BUFFER, 4_096);
        var attempts = new ArrayList<AttemptId>();
        attempts.add(managers.run(job(shell("echo hello").work(), memory, buffer)));
        attempts.add(managers.run(job(shell("exit 1").work(), memory)));
        attempts.add(managers.run(job(new Work.Handler("fail", null), memory)));
        attempts.add(managers.run(job(shell("sleep 300").work(), memory), Duration.ofMillis(100)));
        var cancelled = managers.run(job(new Work.Handler("gate", null), memory, buffer));
        gate.awaitEntered();
        managers.threads.tell(new ThreadManager.Cancel(cancelled.job(), cancelled.epoch()));
        attempts.add(cancelled);
        attempts.add(runUnreadable(managers));

        // when all have ended
        var ended = new HashSet<AttemptId>();
        while (ended.size() < attempts.size()) {
            ended.add(managers.report(ChannelReport.AttemptFinished.class).attempt());
        }

        // then
        assertThat(ended).containsExactlyInAnyOrderElementsOf(attempts);
        assertThat(managers.threads().threads()).isEmpty();
        assertThat(managers.processes()).isEmpty();
        assertThat(managers.resources()).allMatch(type -> type.inUse() == 0 && type.waiters() == 0);
        assertThat(attempts)
                .noneMatch(attempt ->
                        managers.services.processes().workDirectories().exists(managers.channel, attempt));
        assertThat(managers.cleanups()).allMatch(cleanup -> cleanup.status().equals("COMPLETE"));
    }

    // Failures

    @Test
    @Proves("G-79")
    void aWorkerThatFailsEndsItsAttemptAndTheOthersGoOn() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(HandlerPermits.forProcessors(8), gate, NOOP);
        var running = managers.run(handler("gate"));
        gate.awaitEntered();

        // when a worker meets what it was not made for
        var outcome = managers.outcome(runUnreadable(managers));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED);
        assertThat(Objects.requireNonNull(outcome.error()).code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(managers.runToEnd(handler("noop")).kind()).isEqualTo(Kind.SUCCEEDED);
        gate.open();
        assertThat(managers.outcome(running).kind()).isEqualTo(Kind.SUCCEEDED);
    }

    @Test
    void aThreadManagerThatFailsLosesNoAttempt() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(HandlerPermits.forProcessors(8), gate, NOOP);
        var running = managers.run(handler("gate"));
        gate.awaitEntered();

        // when
        managers.threads.tell(new ThreadManager.Run(nothing()));

        // then it asks for what it may have lost, knows what runs, and serves
        managers.report(ChannelReport.ThreadManagerRestarted.class);
        assertThat(managers.threads().active()).isEqualTo(1);
        assertThat(managers.runToEnd(handler("noop")).kind()).isEqualTo(Kind.SUCCEEDED);
        gate.open();
        assertThat(managers.outcome(running).kind()).isEqualTo(Kind.SUCCEEDED);
        assertThat(gate.entered).isEmpty();
    }

    @Test
    @Proves("T-63")
    void anyManagerMayFailWhileTheOthersServe() {
        // given
        var managers = with(HandlerPermits.forProcessors(8), NOOP);
        var unaffected = with(HandlerPermits.forProcessors(8), NOOP);
        List<Runnable> defects = List.of(
                () -> managers.resources.tell(new ResourceManager.Configure(nothing())),
                () -> managers.processes.tell(new ProcessManager.Snapshot(nothing())),
                () -> managers.logs.tell(new LogStore.Configure(nothing())),
                () -> managers.cleanups.tell(new CleanupManager.Snapshot(nothing())),
                () -> managers.threads.tell(new ThreadManager.Run(nothing())));

        for (var defect : defects) {
            // when
            var during = managers.run(
                    job(shell("sleep 0.2; echo done").work(), new ResourceRequest(ResourceType.MEMORY, 64 << 20)));
            defect.run();

            // then
            assertThat(unaffected.runToEnd(handler("noop")).kind()).isEqualTo(Kind.SUCCEEDED);
            assertThat(managers.outcome(during).kind()).isEqualTo(Kind.SUCCEEDED);
            assertThat(managers.text(during)).containsExactly("done");
            assertThat(managers.resources()).allMatch(type -> type.inUse() == 0);
        }
        assertThat(counter(managers, "millrace_managers_restarted_total")).isEqualTo(defects.size());
    }

    @Test
    void stoppingEndsEverythingAndReportsItAsInterrupted() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(new HandlerPermits(1), gate);
        var handlerAttempt = managers.run(handler("gate"));
        gate.awaitEntered();
        var waiting = managers.run(handler("gate"));
        var process = managers.run(shell("sleep 300"));
        var stopped = KIT.<ThreadManager.Stopped>createTestProbe();

        // when
        managers.threads.tell(new ThreadManager.Stop(stopped.getRef()));

        // then
        var interrupted = new HashSet<AttemptId>();
        while (interrupted.size() < 3) {
            var finished = managers.report(ChannelReport.AttemptFinished.class);
            assertThat(finished.outcome().kind()).isEqualTo(Kind.INTERRUPTED);
            interrupted.add(finished.attempt());
        }
        assertThat(interrupted).containsExactlyInAnyOrder(handlerAttempt, waiting, process);
        stopped.receiveMessage(PATIENCE);
        assertThat(managers.processes()).isEmpty();
    }

    /** Starts an attempt whose specification makes its worker fail. */
    private static AttemptId runUnreadable(ChannelManagers managers) {
        var id = new AttemptId(TestJobs.id(9_999), 1, 9_999);
        managers.threads.tell(new ThreadManager.Run(new Attempt(
                id,
                JobKind.PROCESS,
                ThreadPriority.PROCESSING,
                "null".getBytes(UTF_8),
                60_000,
                Instant.now(),
                Attempt.Origin.STARTED,
                null)));
        return id;
    }

    private static long counter(ChannelManagers managers, String name) {
        return managers.instruments.all().stream()
                .filter(instrument -> instrument.name().equals(name))
                .mapToLong(instrument -> ((Instruments.Counter) instrument).value())
                .sum();
    }

    private ChannelManagers with(HandlerPermits permits, JobHandler... handlers) {
        var managers = new ChannelManagers(
                KIT,
                directory.resolve("data-" + started.size()),
                ChannelSpec.DEFAULT,
                new InMemoryLogArchive(),
                permits,
                List.of(handlers));
        started.add(managers);
        return managers;
    }
}
