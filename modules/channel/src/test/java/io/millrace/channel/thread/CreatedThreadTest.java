package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.ChannelManagers.handler;
import static io.millrace.channel.fixture.Nothing.nothing;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.InMemoryLogArchive;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.service.ServicesOfAttempts;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.contracts.thread.ThreadView;
import io.millrace.contracts.thread.Threads;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads that belong to no job, from their creation to their end. */
class CreatedThreadTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration GRACE = Duration.ofSeconds(10);

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

    // Creation

    @Test
    @Proves("T-02")
    void theAnswerComesOnceTheThreadRunsAndIsRegistered() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var calls = calls(managers);

        // when
        var created = calls.create("gate");

        // then it is registered under its handle, and there is such a thread in the virtual machine
        assertThat(created.state()).isEqualTo(ThreadState.RUNNING);
        assertThat(calls.list()).containsExactly(calls.show(created));
        assertThat(created.name()).isEqualTo("millrace-" + managers.channel + "-worker-1");
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().equals(created.name()))
                .hasSize(1);
        gate.awaitEntered();
        gate.open();
        assertThat(calls.end(created).state()).isEqualTo(ThreadState.ENDED);
    }

    @Test
    void anEndedThreadShowsWhatItCameTo() {
        // given
        var managers = with(
                TestHandler.named("double", context -> 2 * (int) Objects.requireNonNull(context.input())),
                TestHandler.named("broken", _ -> {
                    throw new IllegalStateException("no luck today");
                }));
        var calls = calls(managers);

        // when
        var doubled = calls.end(calls.create(ThreadSpec.of("double", 21)));
        var broken = calls.end(calls.create("broken"));

        // then
        assertThat(doubled.outcome()).isEqualTo("SUCCEEDED");
        assertThat(doubled.resultJson()).isEqualTo("42");
        assertThat(doubled.job()).isNull();
        assertThat(broken.outcome()).isEqualTo("FAILED");
        assertThat(Objects.requireNonNull(broken.error()).detail()).isEqualTo("no luck today");
        assertThat(calls.list()).extracting(ThreadView::handle).containsExactly(broken.handle(), doubled.handle());
    }

    @Test
    @Proves({"T-25", "T-45", "T-51", "T-54", "G-02", "G-78", "G-80", "G-90"})
    void ofTwoHundredSimultaneousCreationsAtMostTwentyRunAndEachEndsOnce() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var calls = calls(managers);

        // when two hundred callers ask at the same time
        Set<Handle> handles = ConcurrentHashMap.newKeySet();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                var _ = callers.submit(() -> handles.add(calls.create("gate").handle()));
            }
        }
        for (int i = 0; i < 20; i++) {
            gate.awaitEntered();
        }

        // then
        assertThat(handles).hasSize(200);
        assertThat(calls.list())
                .filteredOn(thread -> thread.state() == ThreadState.RUNNING)
                .hasSize(20);
        assertThat(calls.list())
                .filteredOn(thread -> thread.state() == ThreadState.STARTING)
                .hasSize(180);
        assertThat(calls.totals())
                .containsEntry("threads.active", 20.0)
                .containsEntry("threads.waiting", 180.0)
                .containsEntry("threads.created", 200.0);

        // when they may end
        gate.open();
        handles.forEach(handle ->
                calls.ask(replyTo -> new ThreadManager.AwaitEnd(Reference.to(handle), PATIENCE.toMillis(), replyTo)));

        // then the ledger is even
        assertThat(gate.insideMax).hasValue(20);
        assertThat(calls.totals())
                .containsEntry("threads.active", 0.0)
                .containsEntry("threads.waiting", 0.0)
                .containsEntry("threads.created", 200.0)
                .containsEntry("threads.ended", 200.0)
                .containsEntry("threads.failed", 0.0);
        assertThat(managers.resources()).allMatch(type -> type.inUse() == 0);
        assertThat(lastSlotsTaken(managers)).isEqualTo(ChannelReport.SlotsTaken.NONE);
    }

    @Test
    @Proves({"T-25", "T-37"})
    void whoComesWhenTooManyWaitIsRefusedAtOnce() {
        // given a channel with one slot, and a full queue
        var gate = new TestHandler.Gate("gate");
        var managers = with(slots(1), gate);
        var calls = calls(managers);
        for (int i = 0; i < 1 + Limits.THREADS_WAITING_MAX; i++) {
            calls.create("gate");
        }

        // when
        var problem = calls.refusalOf(ThreadSpec.of("gate", null));

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.retryAfter()).isNotNull();
        assertThat(problem.detail()).contains("'" + managers.channel + "'").contains("1000");
        gate.open();
    }

    @Test
    @Proves("T-26")
    void aFreeSlotGoesToTheHighestClassFirst() throws InterruptedException {
        // given one slot, which is taken, and one of each class that waits for it
        BlockingQueue<String> order = new LinkedBlockingQueue<>();
        var gate = new TestHandler.Gate("gate");
        var managers = with(slots(1), gate, TestHandler.named("tell", context -> {
            order.add(String.valueOf(context.input()));
            return null;
        }));
        var calls = calls(managers);
        calls.create("gate");
        for (var priority : List.of(ThreadPriority.MONITORING, ThreadPriority.PROCESSING, ThreadPriority.SYSTEM)) {
            var waiting = calls.create(new ThreadSpec("tell", priority.name(), priority, null, List.of()));
            assertThat(waiting.state()).isEqualTo(ThreadState.STARTING);
            assertThat(waiting.conditions()).extracting("type").containsExactly("WaitingForSlot");
        }

        // when
        gate.open();

        // then
        assertThat(List.of(take(order), take(order), take(order)))
                .containsExactly("SYSTEM", "PROCESSING", "MONITORING");
    }

    @Test
    void whileThreadsWaitTheChannelMayStartOneAttemptThatWaitsBesideThem() throws InterruptedException {
        // given two slots, both taken by threads, and threads of the lowest class that wait
        BlockingQueue<String> order = new LinkedBlockingQueue<>();
        var gate = new TestHandler.Gate("gate");
        var managers = with(
                slots(1),
                gate,
                TestHandler.named("tell", context -> order.add(context.job().toString())));
        var calls = calls(managers);
        calls.create("gate");
        calls.create(new ThreadSpec("tell", null, ThreadPriority.MONITORING, null, List.of()));

        // then the channel hears of a slot for an attempt
        assertThat(lastSlotsTaken(managers)).isEqualTo(new ChannelReport.SlotsTaken(0, 1, 1));

        // when it starts one of a higher class
        var attempt = managers.run(handler("tell"));
        gate.open();

        // then that runs first
        assertThat(take(order)).isEqualTo(attempt.job().toString());
        managers.outcome(attempt);
        take(order);
    }

    @Test
    @Proves("T-37")
    void aThreadThatCannotBeIsRefusedWithTheReason() {
        // given
        var managers = with(TestHandler.named("noop", _ -> null));
        var calls = calls(managers);

        // when, then
        assertThat(calls.refusalOf(ThreadSpec.of("nop", null)))
                .satisfies(problem -> assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .satisfies(problem -> assertThat(problem.detail()).contains("Did you mean noop?"));
        var tooSmall = new ThreadSpec("noop", null, ThreadPriority.SYSTEM, Limits.STACK_BYTES_MIN - 1, List.of(-1));
        assertThat(calls.refusalOf(tooSmall).violations()).extracting("field").containsExactly("stackSize", "affinity");
        var large = ThreadSpec.of("noop", "x".repeat(Limits.JOB_SPEC_BYTES_MAX));
        assertThat(calls.refusalOf(large).code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(calls.list()).isEmpty();
        assertThat(calls.totals()).containsEntry("threads.refused", 3.0).containsEntry("threads.created", 0.0);
    }

    @Test
    void aChannelWithoutHandlersRefusesThreads() {
        // given
        var only = new ChannelSpec(
                ChannelSpec.DEFAULT.threads(),
                ChannelSpec.DEFAULT.resources(),
                1_000,
                Set.of(JobKind.PROCESS),
                Duration.ofMinutes(1),
                ChannelSpec.DEFAULT.retention(),
                Map.of(),
                Map.of());
        var managers = with(only, TestHandler.named("noop", _ -> null));

        // when, then
        assertThat(calls(managers).refusalOf(ThreadSpec.of("noop", null)).code())
                .isEqualTo(ErrorCode.PERMISSION);
    }

    @Test
    void aRequestThatComesAgainIsAnsweredWithTheSameThread() {
        // given
        var managers = with(TestHandler.named("noop", _ -> null));
        var calls = calls(managers);
        var first = calls.create(ThreadSpec.of("noop", null), "key", "hash");
        calls.end(first);

        // when
        var again = (ThreadManager.Created) calls.ask(
                replyTo -> new ThreadManager.Create(ThreadSpec.of("noop", null), null, "key", "hash", replyTo));
        var other = calls.refusal(
                replyTo -> new ThreadManager.Create(ThreadSpec.of("noop", 1), null, "key", "other", replyTo));

        // then
        assertThat(again.isReplayed()).isTrue();
        assertThat(again.thread().handle()).isEqualTo(first.handle());
        assertThat(other.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(calls.totals()).containsEntry("threads.created", 1.0);
    }

    @Test
    @Proves({"T-29", "T-37", "T-59"})
    void aThreadTheSystemDoesNotGiveLeavesNothingAndTheNextOneStarts() {
        // given a system that is short of threads once
        var managers = with(TestHandler.named("noop", _ -> null));
        var isShort = new AtomicInteger(1);
        var calls = new ThreadCalls(KIT, managerWith(managers, (group, work, name, stackBytes) -> {
            if (isShort.getAndDecrement() > 0) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return new HandlerThreads.WorkerThread(group, work, name, stackBytes);
        }));

        // when
        var problem = calls.refusalOf(ThreadSpec.of("noop", null));

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem.detail()).contains("'" + managers.channel + "'").contains("unable to create native thread");
        assertThat(calls.list()).isEmpty();
        assertThat(calls.totals())
                .containsEntry("threads.created", 0.0)
                .containsEntry("threads.active", 0.0)
                .containsEntry("threads.refused", 1.0);

        // when
        var next = calls.create("noop");

        // then
        assertThat(calls.end(next).outcome()).isEqualTo("SUCCEEDED");
    }

    @Test
    @Proves("T-28")
    void aThreadHasTheStackItsClassOrItsCreatorAskedFor() {
        // given
        Map<String, Long> sizes = new ConcurrentHashMap<>();
        var managers = with(TestHandler.named("noop", _ -> null));
        var calls = new ThreadCalls(KIT, managerWith(managers, (group, work, name, stackBytes) -> {
            sizes.put(name + " " + sizes.size(), stackBytes);
            return new HandlerThreads.WorkerThread(group, work, name, stackBytes);
        }));

        // when
        var usual = calls.end(calls.create("noop"));
        var own =
                calls.end(calls.create(new ThreadSpec("noop", null, ThreadPriority.PROCESSING, 100L << 10, List.of())));

        // then
        assertThat(usual.stackBytes()).isZero();
        assertThat(own.stackBytes()).isEqualTo(128 << 10);
        assertThat(sizes.values()).containsExactlyInAnyOrder(0L, 128L << 10);
    }

    @Test
    @Proves("T-47")
    void aThousandShortThreadsOneAfterTheOtherRunOnOne() {
        // given
        Set<Thread> used = ConcurrentHashMap.newKeySet();
        var managers = with(TestHandler.named("where", _ -> used.add(Thread.currentThread())));
        var calls = calls(managers);

        // when
        for (int i = 0; i < 1_000; i++) {
            calls.end(calls.create("where"));
        }

        // then
        assertThat(used).hasSize(1);
        assertThat(calls.list()).hasSize(Limits.THREADS_ENDED_MAX);
    }

    @Test
    @Proves("T-50")
    void threadsWithoutWorkGoAway() {
        // given threads that may be idle for a moment only
        var managers = with(TestHandler.named("noop", _ -> null));
        var threads = new HandlerThreads(
                managers.channel, new Instruments(), HandlerThreads.WorkerThread::new, Duration.ofMillis(1));
        var calls = new ThreadCalls(KIT, managerWith(managers, threads));

        // when
        calls.end(calls.create("noop"));

        // then
        managers.reports.awaitAssert(PATIENCE, () -> {
            assertThat(calls.totals()).containsEntry("threads.pooled", 0.0);
            assertThat(threads.inGroup()).isEmpty();
            return threads;
        });
    }

    // Ends

    @Test
    @Proves({"T-04", "T-30"})
    void aThreadThatListensIsGoneWithoutForce() throws InterruptedException {
        // given
        var entered = new CountDownLatch(1);
        var finished = new AtomicReference<@Nullable Boolean>();
        var managers = with(TestHandler.named("listens", context -> {
            entered.countDown();
            try {
                return context.awaitCancellation(PATIENCE);
            } finally {
                finished.set(Thread.currentThread().isInterrupted());
            }
        }));
        var calls = calls(managers);
        var thread = calls.create("listens");
        entered.await();

        // when
        var termination = calls.terminate(thread.handle(), GRACE);

        // then it ran to its own end, and was not interrupted
        assertThat(termination.terminated()).isTrue();
        assertThat(termination.forced()).isFalse();
        assertThat(finished.get()).isFalse();
        assertThat(calls.show(thread).outcome()).isEqualTo("CANCELLED");
    }

    @Test
    @Proves("T-04")
    void aThreadThatDoesNotListenIsInterrupted() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var calls = calls(managers);
        var thread = calls.create("gate");
        gate.awaitEntered();

        // when
        var termination = calls.terminate(thread.handle(), GRACE);

        // then
        assertThat(termination.terminated()).isTrue();
        assertThat(termination.forced()).isTrue();
        assertThat(calls.totals()).containsEntry("threads.terminated", 1.0).containsEntry("threads.forced", 1.0);
    }

    @Test
    @Proves({"T-38", "T-60"})
    void aThreadThatWillNotEndIsNeverSaidToHaveEndedAndItsSlotComesBackWithIt() throws InterruptedException {
        // given
        var gate = TestHandler.Gate.stubborn("stubborn");
        var managers = with(slots(1), gate, TestHandler.named("noop", _ -> null));
        var calls = calls(managers);
        var thread = calls.create("stubborn");
        gate.awaitEntered();

        // when
        var termination = calls.terminate(thread.handle(), Duration.ofMillis(50));

        // then
        assertThat(termination.terminated()).isFalse();
        assertThat(termination.forced()).isTrue();
        assertThat(termination.detail()).contains(String.valueOf(thread.name()));
        assertThat(calls.show(thread).state()).isEqualTo(ThreadState.QUARANTINED);
        assertThat(managers.report(ChannelReport.ConditionRaised.class)
                        .condition()
                        .type())
                .isEqualTo("HandlersQuarantined");
        var incident = managers.report(ChannelReport.IncidentSeen.class).report();
        assertThat(incident.kind()).isEqualTo(IncidentKind.THREAD_NOT_TERMINATED);
        assertThat(incident.subject()).isEqualTo("slot 1");
        assertThat(incident.detail()).contains("did not end within 50 ms", String.valueOf(thread.name()));
        assertThat(calls.totals())
                .containsEntry("threads.quarantined", 1.0)
                .containsEntry("threads.notTerminated", 1.0);

        // when nobody does anything, it is interrupted again
        for (int n = 0; n < 3; n++) {
            assertThat(gate.interrupts.poll(20, TimeUnit.SECONDS)).isNotNull();
        }

        // when it is asked again, and then lets go
        var again = calls.terminate(thread.handle(), Duration.ofMillis(20));
        var waits = calls.create("noop");
        gate.open();

        // then
        assertThat(again.terminated()).isFalse();
        assertThat(calls.end(waits).outcome()).isEqualTo("SUCCEEDED");
        assertThat(calls.show(thread).state()).isEqualTo(ThreadState.ENDED);
        assertThat(managers.report(ChannelReport.IncidentSubsided.class).subject())
                .isEqualTo("slot 1");
        assertThat(managers.report(ChannelReport.ConditionCleared.class).type()).isEqualTo("HandlersQuarantined");
    }

    @Test
    void aThreadThatWaitsForASlotIsGoneAtOnce() {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(slots(1), gate);
        var calls = calls(managers);
        calls.create("gate");
        var waiting = calls.create("gate");

        // when
        var termination = calls.terminate(waiting.handle(), GRACE);

        // then
        assertThat(termination.terminated()).isTrue();
        assertThat(termination.forced()).isFalse();
        assertThat(calls.show(waiting).startedAt()).isNull();
        gate.open();
    }

    @Test
    @Proves("T-04")
    void thereIsNothingToEndOnceAThreadHasEnded() {
        // given
        var managers = with(TestHandler.named("noop", _ -> null));
        var calls = calls(managers);
        var thread = calls.end(calls.create("noop"));

        // when
        var termination = calls.terminate(thread.handle(), GRACE);
        var tooLong = calls.refusal(
                replyTo -> new ThreadManager.Terminate(Reference.to(thread.handle()), Long.MAX_VALUE, replyTo));

        // then
        assertThat(termination.terminated()).isFalse();
        assertThat(termination.detail()).contains("had ended already");
        assertThat(tooLong.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void theThreadOfAnAttemptCanBeEndedAndItsRetryPolicyApplies() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var calls = calls(managers);
        var attempt = managers.run(handler("gate"));
        gate.awaitEntered();
        var thread = calls.show(ThreadCalls.threadOf(attempt));
        assertThat(thread.job()).isEqualTo(attempt.job());
        assertThat(thread.handler()).isEqualTo("gate");

        // when
        var termination = calls.terminate(thread.handle(), GRACE);

        // then
        assertThat(termination.terminated()).isTrue();
        var outcome = managers.outcome(attempt);
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED);
        assertThat(Objects.requireNonNull(outcome.error()).detail()).contains("terminated by request");
    }

    @Test
    @Proves({"T-32", "T-54", "G-63", "G-80"})
    void howeverAThreadEndsNothingOfItRemains() throws InterruptedException {
        // given threads that succeed, fail, are ended while they run and while they wait, and lose their worker
        var gate = new TestHandler.Gate("gate");
        var managers = with(slots(4), gate, TestHandler.named("noop", _ -> null), TestHandler.named("fail", _ -> {
            throw new IllegalStateException("on purpose");
        }));
        var calls = calls(managers);
        calls.end(calls.create("noop"));
        calls.end(calls.create("fail"));
        var threads = new ArrayList<ThreadView>();
        for (int i = 0; i < 8; i++) {
            threads.add(calls.create("gate"));
        }

        // when
        threads.reversed().forEach(thread -> calls.terminate(thread.handle(), GRACE));

        // then
        assertThat(managers.threads().threads()).isEmpty();
        assertThat(managers.services.handlerPermits().tryTake()).isPresent();
        assertThat(calls.totals())
                .containsEntry("threads.created", 10.0)
                .containsEntry("threads.ended", 10.0)
                .containsEntry("threads.active", 0.0)
                .containsEntry("threads.waiting", 0.0);
        assertThat(lastSlotsTaken(managers)).isEqualTo(ChannelReport.SlotsTaken.NONE);
    }

    @Test
    void aStopEndsThreadsAndRefusesFurtherOnes() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(slots(1), gate);
        var calls = calls(managers);
        calls.create("gate");
        gate.awaitEntered();
        calls.create("gate");
        TestProbe<ThreadManager.Stopped> stopped = KIT.createTestProbe();

        // when
        managers.threads.tell(new ThreadManager.Stop(stopped.getRef()));

        // then
        stopped.receiveMessage(PATIENCE);
        assertThat(calls.list()).allMatch(thread -> thread.state() == ThreadState.ENDED);
        assertThat(calls.refusalOf(ThreadSpec.of("gate", null)).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    // Threads of handlers

    @Test
    void aHandlerCreatesThreadsAndHearsWhatTheyCameTo() {
        // given
        var managers = with(
                TestHandler.named("part", context -> 2 * (int) Objects.requireNonNull(context.input())),
                TestHandler.named("whole", context -> {
                    var threads = context.threads();
                    var handle = get(threads.create(ThreadSpec.of("part", 4)));
                    var ended = get(threads.awaitEnd(handle));
                    return ended.resultJson() + " "
                            + get(threads.validate(handle)).passed() + " "
                            + get(threads.metrics(handle)).runs();
                }));

        // when
        var outcome = managers.runToEnd(handler("whole"));

        // then
        assertThat(outcome.resultJson()).isEqualTo("\"8 true 1\"");
    }

    @Test
    @Proves("T-32")
    void threadsEndWithTheAttemptThatCreatedThem() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var kept = new AtomicReference<@Nullable Threads>();
        var child = new AtomicReference<@Nullable Handle>();
        var managers = with(gate, TestHandler.named("parent", context -> {
            kept.set(context.threads());
            child.set(get(context.threads().create(ThreadSpec.of("gate", null))));
            return null;
        }));
        var calls = calls(managers);

        // when
        managers.runToEnd(handler("parent"));

        // then
        var handle = Objects.requireNonNull(child.get());
        var ended = (ThreadManager.Shown)
                calls.ask(replyTo -> new ThreadManager.AwaitEnd(Reference.to(handle), PATIENCE.toMillis(), replyTo));
        assertThat(ended.thread().outcome()).isEqualTo("CANCELLED");

        // and the attempt creates no more
        var late = Objects.requireNonNull(kept.get()).create(ThreadSpec.of("gate", null));
        assertThat(late.toCompletableFuture()
                        .handle((_, failure) -> failure.getCause())
                        .join())
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo(ErrorCode.INVALID_STATE));
        var over = new AttemptId(TestJobs.id(4_711), 1, 4_711);
        assertThat(calls.refusal(replyTo ->
                                new ThreadManager.Create(ThreadSpec.of("gate", null), over, null, null, replyTo))
                        .code())
                .isEqualTo(ErrorCode.INVALID_STATE);
    }

    @Test
    void whatAThreadWritesAndPublishesIsKnownByItsIdentifier() {
        // given
        var managers = with(TestHandler.named("talks", context -> {
            context.log("hello");
            context.publish("order.packed", Map.of("order", 7));
            return null;
        }));
        var calls = calls(managers);

        // when
        var thread = calls.end(calls.create("talks"));

        // then
        var published = managers.report(ChannelReport.Published.class);
        assertThat(published.attempt().isThread()).isTrue();
        assertThat(published.attempt().toString()).isEqualTo(thread.handle().id());
        assertThat(managers.text(published.attempt())).containsExactly("hello");
    }

    // Failures

    @Test
    @Proves({"T-60", "T-63"})
    void aManagerThatFailsKeepsItsThreadsAndAnswersTheNextCall() throws InterruptedException {
        // given a thread that runs, one that waits, and somebody who waits for an end
        var gate = new TestHandler.Gate("gate");
        var managers = with(slots(1), gate, TestHandler.named("noop", _ -> null));
        var calls = calls(managers);
        var running = calls.create("gate");
        gate.awaitEntered();
        var waiting = calls.create("noop");
        TestProbe<ManagerReply> end = calls.later(
                replyTo -> new ThreadManager.AwaitEnd(Reference.to(running.handle()), PATIENCE.toMillis(), replyTo));

        // when
        managers.threads.tell(new ThreadManager.Run(nothing()));

        // then
        assertThat(calls.show(running).state()).isEqualTo(ThreadState.RUNNING);
        assertThat(calls.show(waiting).state()).isEqualTo(ThreadState.STARTING);
        gate.open();
        assertThat(((ThreadManager.Shown) end.receiveMessage(PATIENCE)).thread().outcome())
                .isEqualTo("SUCCEEDED");
        assertThat(calls.end(waiting).outcome()).isEqualTo("SUCCEEDED");
        assertThat(calls.totals()).containsEntry("threads.created", 2.0).containsEntry("threads.ended", 2.0);
    }

    private static <T> T get(CompletionStage<T> stage)
            throws InterruptedException, ExecutionException, TimeoutException {
        return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static String take(BlockingQueue<String> queue) throws InterruptedException {
        return Objects.requireNonNull(queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }

    /** The latest report about slots; it was sent before the answer to a question asked now. */
    private static ChannelReport.SlotsTaken lastSlotsTaken(ChannelManagers managers) {
        managers.threads();
        var mark = new ChannelReport.ConditionCleared("mark");
        managers.reports.getRef().tell(mark);
        ChannelReport.SlotsTaken last = ChannelReport.SlotsTaken.NONE;
        for (var report = managers.reports.receiveMessage(PATIENCE);
                !report.equals(mark);
                report = managers.reports.receiveMessage(PATIENCE)) {
            last = report instanceof ChannelReport.SlotsTaken taken ? taken : last;
        }
        return last;
    }

    private static ActorRef<ThreadManager.Command> managerWith(ChannelManagers managers, HandlerThreads.Maker maker) {
        return managerWith(
                managers, new HandlerThreads(managers.channel, new Instruments(), maker, Limits.WORKER_IDLE_MAX));
    }

    private static ActorRef<ThreadManager.Command> managerWith(ChannelManagers managers, HandlerThreads threads) {
        return KIT.spawn(ThreadManager.create(
                managers.channel,
                ChannelSpec.DEFAULT,
                1,
                managers.services,
                new ThreadManager.Managers(
                        managers.resources,
                        managers.processes,
                        managers.logs,
                        managers.attemptCleanups(KIT),
                        managers.lockManager,
                        new ServicesOfAttempts(managers.serviceManager, KIT.scheduler(), managers.services.blocking())),
                managers.reports.getRef(),
                threads));
    }

    private static ChannelSpec slots(int max) {
        return TestSpecs.with(new ChannelSpec.Threads(max, List.of()));
    }

    private ThreadCalls calls(ChannelManagers managers) {
        return new ThreadCalls(KIT, managers.threads);
    }

    private ChannelManagers with(JobHandler... handlers) {
        return with(ChannelSpec.DEFAULT, handlers);
    }

    private ChannelManagers with(ChannelSpec spec, JobHandler... handlers) {
        var managers = new ChannelManagers(
                KIT,
                directory.resolve("data-" + started.size()),
                spec,
                new InMemoryLogArchive(),
                HandlerPermits.forProcessors(8),
                List.of(handlers));
        started.add(managers);
        return managers;
    }
}
