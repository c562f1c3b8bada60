package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.ChannelManagers.handler;
import static io.millrace.channel.fixture.ChannelManagers.process;
import static io.millrace.channel.fixture.ChannelManagers.shell;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.thread.ThreadView;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which work can fail, many times at once: each failure is told to its caller, typed, and counted once. */
class WorkerFailuresTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final int TIMES = 5;
    private static final Duration TIMEOUT = Duration.ofMillis(50);
    private static final Set<String> MAY_STAY = Set.of("millrace_workers", "millrace_buffer_committed_bytes");

    /** What a handler does wrong, with the code its caller hears. */
    private static final Map<JobHandler, ErrorCode> FAILING = failing();

    private final TestHandler.Gate overdue = new TestHandler.Gate("overdue");
    private final TestHandler.Gate stubborn = TestHandler.Gate.stubborn("stubborn");
    private final Map<AttemptId, ErrorCode> injected = new HashMap<>();
    private ChannelManagers managers;
    private Map<String, Long> before = Map.of();

    @TempDir
    Path directory;

    @BeforeEach
    void start() {
        var handlers = new ArrayList<>(FAILING.keySet());
        handlers.add(overdue);
        handlers.add(stubborn);
        handlers.add(TestHandler.named("noop", _ -> null));
        managers = ChannelManagers.with(KIT, directory.resolve("data"), handlers.toArray(JobHandler[]::new));
        before = gauges();
    }

    @AfterEach
    void stop() {
        managers.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    private static Map<JobHandler, ErrorCode> failing() {
        Map<JobHandler, ErrorCode> all = new LinkedHashMap<>();
        fails(all, ErrorCode.INVALID_STATE, "unchecked", _ -> {
            throw new IllegalStateException("on purpose");
        });
        fails(all, ErrorCode.INVALID_STATE, "checked", _ -> {
            throw new IOException("on purpose");
        });
        fails(all, ErrorCode.INVALID_STATE, "interrupted", _ -> {
            throw new InterruptedException("on purpose");
        });
        fails(all, ErrorCode.INVALID_STATE, "assertion", _ -> {
            throw new AssertionError("on purpose");
        });
        fails(all, ErrorCode.INVALID_STATE, "linkage", _ -> {
            throw new NoClassDefFoundError("on/purpose");
        });
        fails(all, ErrorCode.INVALID_STATE, "memory", _ -> {
            throw new OutOfMemoryError("on purpose");
        });
        fails(all, ErrorCode.INVALID_STATE, "stack", context -> nested(context.attempt()));
        fails(all, ErrorCode.NETWORK, "typed", _ -> {
            throw Problem.of(ErrorCode.NETWORK, "Test", "on purpose").asException();
        });
        fails(all, ErrorCode.RESOURCE_LIMIT, "unwritable", _ -> new Object());
        return all;
    }

    private static void fails(Map<JobHandler, ErrorCode> all, ErrorCode code, String name, TestHandler.Body body) {
        all.put(TestHandler.named(name, body), code);
    }

    /** Lists within lists, deeper than any stack. */
    private static Object nested(long depth) {
        return depth < Long.MAX_VALUE ? List.of(nested(depth + 1)) : depth;
    }

    @Test
    @Proves({"G-65", "T-32"})
    void noFailureIsLostAndTheCounterIsWhatWasInjected() throws InterruptedException {
        // given attempts that fail in every way there is, mixed, more of them than there are slots
        for (int i = 0; i < TIMES; i++) {
            FAILING.forEach((handler, code) -> inject(handler(handler.name()), code));
            inject(handler("missing"), ErrorCode.NOT_FOUND);
            inject(shell("exit 3"), ErrorCode.INVALID_STATE);
            inject(shell("kill -9 $$"), ErrorCode.INVALID_STATE);
            inject(process("/nowhere/at/all"), ErrorCode.INVALID_ARGUMENT);
            injected.put(managers.run(handler("overdue"), TIMEOUT), ErrorCode.TIMEOUT);
            injected.put(managers.run(shell("exec sleep 300"), TIMEOUT), ErrorCode.TIMEOUT);
            injected.put(runUnreadable(i), ErrorCode.INTERNAL);
        }
        injected.put(managers.run(handler("stubborn"), TIMEOUT), ErrorCode.TIMEOUT);

        // when each has been reported
        var reported = new HashMap<AttemptId, ErrorCode>();
        for (int i = 0; i < injected.size(); i++) {
            var finished = managers.report(ChannelReport.AttemptFinished.class);
            assertThat(finished.outcome().kind()).isNotEqualTo(Kind.SUCCEEDED);
            reported.put(
                    finished.attempt(),
                    Objects.requireNonNull(finished.outcome().error()).code());
        }
        stubborn.awaitEntered();
        stubborn.open();
        awaitNoQuarantine();

        // then each had its own reason, and was counted once
        assertThat(reported).isEqualTo(injected);
        assertThat(failuresCounted()).isEqualTo(injected.size());
        assertThat(new ThreadCalls(KIT, managers.threads).totals())
                .containsEntry("threads.created", (double) injected.size())
                .containsEntry("threads.failed", (double) injected.size())
                .containsEntry("threads.active", 0.0);

        // and the slots are as they were
        assertThat(gauges()).isEqualTo(before);
        assertThat(managers.resources()).allMatch(type -> type.inUse() == 0 && type.waiters() == 0);
        assertThat(managers.runToEnd(handler("noop")).kind()).isEqualTo(Kind.SUCCEEDED);
    }

    @Test
    @Proves("G-65")
    void createdThreadsTellTheirFailuresToo() {
        // given
        var calls = new ThreadCalls(KIT, managers.threads);
        Map<ThreadView, ErrorCode> created = new LinkedHashMap<>();
        for (int i = 0; i < TIMES; i++) {
            FAILING.forEach((handler, code) -> created.put(calls.create(handler.name()), code));
        }

        // when
        Map<ThreadView, ErrorCode> told = new LinkedHashMap<>();
        created.keySet()
                .forEach(thread -> told.put(
                        thread,
                        Objects.requireNonNull(calls.end(thread).error()).code()));

        // then
        assertThat(told).isEqualTo(created);
        assertThat(failuresCounted()).isEqualTo(created.size());
        assertThat(calls.totals()).containsEntry("threads.failed", (double) created.size());
        assertThat(gauges()).isEqualTo(before);
    }

    private void inject(JobSpec spec, ErrorCode code) {
        injected.put(managers.run(spec), code);
    }

    /** Starts an attempt whose specification makes its worker fail. */
    private AttemptId runUnreadable(int n) {
        var id = new AttemptId(TestJobs.id(9_000 + n), 1, 9_000 + n);
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

    private void awaitNoQuarantine() {
        managers.reports.fishForMessage(
                PATIENCE,
                report -> report instanceof ChannelReport.SlotsTaken taken && taken.slots() == 0
                        ? FishingOutcomes.complete()
                        : FishingOutcomes.continueAndIgnore());
    }

    private long failuresCounted() {
        return managers.instruments.all().stream()
                .filter(instrument -> instrument.name().equals("millrace_attempts_ended_total"))
                .map(Instruments.Counter.class::cast)
                .filter(counter -> !Objects.equals(counter.labels().get("outcome"), "succeeded"))
                .mapToLong(Instruments.Counter::value)
                .sum();
    }

    /** What is taken now: slots, handlers, processes, leases. Idle workers may stay, and memory that is kept for reuse. */
    private Map<String, Long> gauges() {
        Map<String, Long> values = new HashMap<>();
        for (var instrument : managers.instruments.all()) {
            if (instrument instanceof Instruments.Gauge gauge && !MAY_STAY.contains(gauge.name())) {
                values.put(gauge.name(), gauge.value());
            }
        }
        return values;
    }
}
