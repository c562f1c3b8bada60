package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.handler;
import static io.millrace.channel.fixture.ChannelManagers.shell;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.thread.ThreadState;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is measured of threads, against what they were told to use. */
class ThreadMetricsTest {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final int MEGABYTE = 1 << 20;

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
    @Proves("T-07")
    void aRunIsMeasuredByTheVirtualMachineItself() {
        // given a handler that uses a processor for 20 ms and computes for 50 ms or more, allocates 8 MB, waits for 50
        // ms, and is blocked for 50 ms
        var monitor = new Object();
        var managers = with(TestHandler.named("works", context -> {
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
            while (System.nanoTime() < until || THREADS.getCurrentThreadCpuTime() < TimeUnit.MILLISECONDS.toNanos(20)) {
                Thread.onSpinWait();
            }
            var memory = new byte[8 * MEGABYTE];
            context.awaitCancellation(Duration.ofMillis(50));
            block(monitor);
            return memory.length;
        }));
        var calls = calls(managers);

        // when
        var thread = calls.end(calls.create("works"));

        // then
        var metrics = calls.metrics(Reference.to(thread.handle()));
        assertThat(metrics.runTime()).isBetween(Duration.ofMillis(150), Duration.ofSeconds(10));
        assertThat(metrics.cpuTime()).isBetween(Duration.ofMillis(10), metrics.runTime());
        assertThat(metrics.allocatedBytes()).isBetween(8L * MEGABYTE, 16L * MEGABYTE);
        assertThat(metrics.waitedTime()).isBetween(Duration.ofMillis(45), metrics.runTime());
        assertThat(metrics.blockedTime()).isBetween(Duration.ofMillis(20), metrics.runTime());
        assertThat(metrics.queueWait()).isLessThan(Duration.ofSeconds(5));
        assertThat(metrics.runs()).isEqualTo(1);
        assertThat(metrics.failures()).isZero();
    }

    /** Enters a monitor that another thread leaves after 50 ms. */
    private static void block(Object monitor) throws InterruptedException {
        var entered = new CountDownLatch(1);
        var holder = Thread.ofPlatform().start(() -> {
            synchronized (monitor) {
                entered.countDown();
                long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
            }
        });
        entered.await();
        synchronized (monitor) {
            holder.join();
        }
    }

    @Test
    @Proves("T-36")
    void aThreadThatRunsIsMeasuredFreshEachTime() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var calls = calls(managers);
        var thread = calls.create("gate");
        var context = gate.awaitEntered();

        // when
        var before = calls.metrics(Reference.to(thread.handle()));
        var asked = Instant.now();
        context.log("still here");
        var after = calls.metrics(Reference.to(thread.handle()));

        // then
        assertThat(after.runTime()).isGreaterThan(before.runTime());
        assertThat(after.lastHeartbeat()).isAfterOrEqualTo(asked.minusMillis(1));
        assertThat(after.lastHeartbeat()).isAfterOrEqualTo(before.lastHeartbeat());
        gate.open();
    }

    @Test
    void aSlotCountsItsRunsAndFailures() {
        // given
        var managers = with(TestHandler.named("noop", _ -> null), TestHandler.named("fail", _ -> {
            throw new IllegalStateException("on purpose");
        }));
        var calls = calls(managers);

        // when
        calls.end(calls.create("noop"));
        calls.end(calls.create("fail"));
        var third = calls.end(calls.create("noop"));

        // then
        var metrics = calls.metrics(Reference.to(third.handle()));
        assertThat(metrics.runs()).isEqualTo(3);
        assertThat(metrics.failures()).isEqualTo(1);
    }

    @Test
    @Proves("T-12")
    void theTotalsOfAChannelHaveStableNamesAndCountWhatHappened() throws InterruptedException {
        // given two that succeed, one that fails, a process, one that runs and is ended, one that still runs
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate, TestHandler.named("noop", _ -> null), TestHandler.named("fail", _ -> {
            throw new IllegalStateException("on purpose");
        }));
        var calls = calls(managers);
        calls.end(calls.create("noop"));
        managers.runToEnd(handler("noop"));
        calls.end(calls.create("fail"));
        managers.runToEnd(shell("true"));
        calls.terminate(calls.create("gate").handle(), Duration.ofSeconds(10));
        calls.create("gate");

        // when
        var totals = calls.totals();

        // then
        assertThat(totals.keySet())
                .containsExactlyInAnyOrder(
                        "threads.max",
                        "threads.active",
                        "threads.waiting",
                        "threads.quarantined",
                        "threads.pooled",
                        "threads.created",
                        "threads.ended",
                        "threads.failed",
                        "threads.refused",
                        "threads.terminated",
                        "threads.forced",
                        "threads.notTerminated",
                        "threads.cpuTimeSeconds",
                        "threads.allocatedBytes",
                        "threads.blockedTimeSeconds",
                        "threads.waitedTimeSeconds",
                        "threads.queueWaitSeconds",
                        "threads.runTimeSeconds",
                        "isolation.checks",
                        "isolation.breaches",
                        "boundary.violations",
                        "slots.wait.system.count",
                        "slots.wait.system.seconds",
                        "slots.wait.system.maxSeconds",
                        "slots.wait.processing.count",
                        "slots.wait.processing.seconds",
                        "slots.wait.processing.maxSeconds",
                        "slots.wait.monitoring.count",
                        "slots.wait.monitoring.seconds",
                        "slots.wait.monitoring.maxSeconds");
        assertThat(totals)
                .containsEntry("threads.max", 20.0)
                .containsEntry("threads.created", 6.0)
                .containsEntry("threads.ended", 5.0)
                .containsEntry("threads.active", 1.0)
                .containsEntry("threads.failed", 2.0)
                .containsEntry("threads.terminated", 1.0)
                .containsEntry("slots.wait.processing.count", 6.0);
        gate.open();
    }

    @Test
    @Proves("T-35")
    void whatHappensInOneChannelShowsInNoOther() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var one = with(gate);
        var other = with(gate);
        var before = calls(other).totals();

        // when
        one.threads.tell(new ThreadManager.Configure(TestSpecs.with(new ChannelSpec.Threads(1, List.of(0)))));
        var thread = calls(one).create("gate");
        gate.awaitEntered();

        // then
        assertThat(calls(one).totals()).containsEntry("threads.max", 1.0).containsEntry("threads.active", 1.0);
        assertThat(calls(other).totals()).isEqualTo(before);
        assertThat(calls(other).list()).isEmpty();
        assertThat(calls(one).show(thread).state()).isEqualTo(ThreadState.RUNNING);
        gate.open();
    }

    private ThreadCalls calls(ChannelManagers managers) {
        return new ThreadCalls(KIT, managers.threads);
    }

    private ChannelManagers with(JobHandler... handlers) {
        var managers = ChannelManagers.with(KIT, directory.resolve("data-" + started.size()), handlers);
        started.add(managers);
        return managers;
    }
}
