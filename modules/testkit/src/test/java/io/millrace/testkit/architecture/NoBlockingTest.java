package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Runtime modules are lock-free: what has to wait runs elsewhere and comes back as a message. */
class NoBlockingTest {
    /** Not storage, whose callers put it on the dispatcher for blocking work, and not the node's start and stop. */
    private static final List<String> RUNTIME_MODULES = List.of("contracts", "domain", "api", "channel", "edge");

    private static final List<Exemption> EXEMPTIONS = List.of(
            new Exemption(
                    "io.millrace.channel.handler.context.HandlerContext",
                    "CountDownLatch.await",
                    "a handler that waits for its end does it on the thread it owns"),
            new Exemption(
                    "io.millrace.channel.handler.context.HandlerLocks",
                    "CompletableFuture.get",
                    "a handler that takes a lock for a piece of code waits on the thread it owns"),
            new Exemption(
                    "io.millrace.channel.handler.context.HandlerOutput",
                    "Semaphore.acquire",
                    "a handler that writes faster than the log store takes lines waits on the thread it owns"),
            new Exemption(
                    "io.millrace.channel.handler.context.HandlerResources",
                    "CompletableFuture.get",
                    "a handler that takes a buffer for a piece of code waits on the thread it owns"),
            new Exemption(
                    "io.millrace.channel.handler.context.HandlerRun",
                    "Thread.onSpinWait",
                    "a handler's thread outwaits the few instructions of an interrupt that is being sent to it"),
            new Exemption(
                    "io.millrace.channel.handler.context.SendingGate",
                    "Thread.onSpinWait",
                    "the end of an attempt outwaits the few instructions in which a message is being sent"));

    @Test
    @Proves({"D-17", "T-43", "G-62", "G-90"})
    void runtimeModulesHaveNoMonitorNoLockAndNoBlockingWait() {
        var findings = CompiledClasses.of(RUNTIME_MODULES)
                .flatMap(model -> BlockingScan.scan(model).stream())
                .toList();

        Exemption.assertNothingElse(findings, EXEMPTIONS);
    }

    @Test
    void theScanFindsEveryKindOfBlocking() {
        var findings = BlockingScan.scan(CompiledClasses.of(ForbiddenSamples.class));

        assertThat(findings)
                .extracting(finding -> finding.member() + ": " + finding.what())
                .contains(
                        "synchronizedMethod: synchronized method",
                        "monitor: monitor",
                        "lockField: ReentrantLock",
                        "lock: ReentrantLock.lock",
                        "park: LockSupport.parkNanos",
                        "sleep: Thread.sleep",
                        "waitForNotify: Object.wait",
                        "latch: CountDownLatch.await",
                        "semaphore: Semaphore.acquire",
                        "take: BlockingQueue.take",
                        "putIntoASubtype: LinkedBlockingQueue.put",
                        "pollWithTimeout: BlockingQueue.poll",
                        "get: Future.get",
                        "join: CompletableFuture.join",
                        "joinByReference: CompletableFuture.join",
                        "waitForProcess: Process.waitFor")
                .anyMatch(finding -> finding.matches("lambda\\$joinInALambda.*: CompletableFuture.join"))
                .noneMatch(finding -> finding.startsWith("allowed"));
    }
}
