package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.once;
import static io.millrace.channel.CleanupUnderTest.release;
import static io.millrace.channel.CleanupUnderTest.shell;
import static io.millrace.channel.CleanupUnderTest.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.Buffer;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.contracts.work.Work;
import io.millrace.domain.cleanup.CleanupChange;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is looked at before an execution that gave something back may end as complete. */
class CleanupVerificationTest {
    private static final int PAYLOAD_BYTES = 65_536;

    @TempDir
    Path data;

    private final BlockingQueue<WeakReference<Object>> payloads = new LinkedBlockingQueue<>();
    private final CountDownLatch never = new CountDownLatch(1);
    private CleanupUnderTest cleanups;

    @BeforeEach
    void start() {
        var holder = TestHandler.named("holder", context -> {
            if (context.attempt() == 1) {
                Buffer buffer = context.resources()
                        .allocateBuffer(AllocationRequest.of(ResourceType.BUFFER, PAYLOAD_BYTES))
                        .toCompletableFuture()
                        .join();
                byte[] payload = new byte[PAYLOAD_BYTES];
                buffer.memory().asByteBuffer().put(payload);
                payloads.add(new WeakReference<>(buffer));
                payloads.add(new WeakReference<>(payload));
                never.await();
            }
            return null;
        });
        cleanups = new CleanupUnderTest(data, holder).started();
    }

    @AfterEach
    void stop() {
        cleanups.close();
    }

    @Test
    @Proves({"C-22", "C-24", "C-29"})
    void anExecutionFailsWhileThePoolsCountMoreThanIsCharged() {
        cleanups.registered(task("resources", release(ReleaseScope.RESOURCES), null, null));
        allocate();
        cleanups.fixture.node.lose(4_096);

        CleanupResult failed = cleanups.execute("resources");
        cleanups.fixture.node.beSound();
        CleanupResult complete = cleanups.execute("resources");

        assertThat(failed.status()).isEqualTo(CleanupStatus.FAILED);
        assertThat(failed.isMemoryReclaimed()).isFalse();
        assertThat(failed.problems()).singleElement().asString().contains("4096 bytes", "no channel is charged with");
        assertThat(complete.status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(complete.isMemoryReclaimed()).isTrue();
        assertThat(complete.problems()).isEmpty();
        assertThat(cleanups.stored(CleanupChange.RunEnded.class))
                .extracting(CleanupChange.RunEnded::isMemoryReclaimed)
                .containsExactly(false, true);
    }

    @Test
    @Proves({"C-24", "C-29"})
    void theWholeChannelIsNotCleanWhileThePoolsCountMoreThanIsCharged() {
        cleanups.fixture.node.lose(1);

        CleanupResult failed = cleanups.executeAll();
        cleanups.fixture.node.beSound();
        CleanupResult complete = cleanups.executeAll();

        assertThat(failed.status()).isEqualTo(CleanupStatus.FAILED);
        assertThat(failed.isMemoryReclaimed()).isFalse();
        assertThat(complete.status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(complete.isMemoryReclaimed()).isTrue();
    }

    @Test
    @Proves("C-49")
    void aBreachOfIsolationStopsAnExecutionWhichIsTakenBackAndTheChannelSaysSo() {
        ResourceView buffer = allocate();
        cleanups.registered(task("before"), task("resources", release(ReleaseScope.RESOURCES), null, null, "before"));
        cleanups.fixture.node.chargeSomethingForeign();

        CleanupResult stopped = cleanups.execute("resources");

        assertThat(stopped.status()).isEqualTo(CleanupStatus.FAILED);
        assertThat(stopped.problems())
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem).contains("not isolated"));
        assertThat(stopped.released().resources()).isZero();
        assertThat(cleanups.conditions()).contains("CleanupIsolationBreached");
        assertThat(cleanups.incident(IncidentKind.ISOLATION_BREACHED, "cleanup").detail())
                .contains("stopped before it released");
        cleanups.rollback("resources");
        assertThat(cleanups.status("resources")).isEqualTo(CleanupStatus.ROLLED_BACK);
        assertThat(cleanups.acted).containsExactly("before", "-before");
        assertThat(cleanups.stored(CleanupChange.RollbackStarted.class)).hasSize(1);
        assertThat(bytesInUse()).isEqualTo(buffer.amount());

        // when the books are in order again
        cleanups.fixture.node.beSound();
        CleanupResult complete = cleanups.execute("resources");

        assertThat(complete.status()).as("%s", complete).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(complete.released().resources()).isOne();
        assertThat(cleanups.conditions()).doesNotContain("CleanupIsolationBreached");
        assertThat(cleanups.subsided(IncidentKind.ISOLATION_BREACHED, "cleanup").note())
                .contains("has completed");
    }

    @Test
    @Proves("C-49")
    void aBreachOfIsolationIsKnownToTheNextOwner() {
        allocate();
        cleanups.registered(task("resources", release(ReleaseScope.RESOURCES), null, null));
        cleanups.fixture.node.chargeSomethingForeign();
        cleanups.execute("resources");
        cleanups.rollback("resources");

        cleanups.fixture.crash();
        cleanups.fixture.node.beSound();
        cleanups.fixture.startOnAnotherNode();

        cleanups.awaitCondition("CleanupIsolationBreached");
        assertThat(cleanups.execute("resources").status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(cleanups.conditions()).doesNotContain("CleanupIsolationBreached");
    }

    @Test
    void anExecutionThatGoesOnWithholdsWhatAnotherOneHasLetGoOfMeanwhile() throws IOException {
        // given one that failed behind its release, and another one that has released everything since
        Path mended = data.resolve("mended");
        cleanups.registered(
                task("resources", release(ReleaseScope.RESOURCES), null, null),
                once(task("broken", shell("test -e " + mended), null, null, "resources")),
                task("resources-too", release(ReleaseScope.RESOURCES), null, null));
        allocate();
        assertThat(cleanups.execute("broken").status()).isEqualTo(CleanupStatus.COMPLETE_WITH_FAILURES);
        assertThat(cleanups.execute("resources-too").released().resources()).isOne();

        // when it is executed again while something is held anew
        allocate();
        Files.createFile(mended);
        CleanupResult again = cleanups.execute("broken");

        // then that is released, too
        assertThat(again.status()).as("%s", again).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(again.released().resources()).isOne();
        assertThat(bytesInUse()).isZero();
    }

    @Test
    @Proves("C-49")
    void nothingOfAChannelThatIsNotIsolatedIsReleasedWithoutTasksEither() {
        ResourceView buffer = allocate();
        cleanups.fixture.node.chargeSomethingForeign();

        CleanupResult stopped = cleanups.executeAll();

        assertThat(stopped.status()).isEqualTo(CleanupStatus.FAILED);
        assertThat(stopped.released().resources()).isZero();
        cleanups.fixture.node.beSound();
        assertThat(bytesInUse()).isEqualTo(buffer.amount());
        assertThat(allocate().state()).as("grants go on").isEqualTo(ResourceState.GRANTED);
    }

    @Test
    @Proves("C-22")
    void nothingHoldsThePayloadsOfAttemptsAnyMore() throws InterruptedException {
        // given an attempt with a buffer and an array of its own
        cleanups.fixture.submitted(cleanups.fixture
                .submissions()
                .accept(List.of(JobSpec.of(new Work.Handler("holder", null))), null)
                .getFirst());
        WeakReference<Object> buffer = nextPayload();
        WeakReference<Object> array = nextPayload();
        allocate();

        // when
        CleanupResult result = cleanups.executeAll();

        // then
        assertThat(result.status()).as("%s", result).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(result.isMemoryReclaimed()).isTrue();
        assertThat(bytesInUse()).isZero();
        assertCollected(buffer);
        assertCollected(array);
    }

    private WeakReference<Object> nextPayload() throws InterruptedException {
        WeakReference<Object> payload = payloads.poll(20, TimeUnit.SECONDS);
        if (payload == null) {
            throw new AssertionError("the handler has not taken its payloads within 20 s");
        }
        return payload;
    }

    private static void assertCollected(WeakReference<Object> payload) {
        long deadline = System.nanoTime() + CleanupUnderTest.PATIENCE.toNanos();
        while (payload.get() != null && System.nanoTime() - deadline < 0) {
            System.gc();
        }
        assertThat(payload.get()).isNull();
    }

    private ResourceView allocate() {
        TestProbe<ManagerReply> caller = cleanups.caller();
        cleanups.fixture
                .channel()
                .tell(new ChannelRequest.AskResources(new ResourceManager.Allocate(
                        Owner.named("deploy"),
                        AllocationRequest.of(ResourceType.BUFFER, PAYLOAD_BYTES),
                        null,
                        null,
                        caller.ref())));
        return caller.expectMessageClass(ResourceManager.Allocated.class, CleanupUnderTest.PATIENCE)
                .resource();
    }

    private long bytesInUse() {
        TestProbe<ManagerReply> caller = cleanups.caller();
        cleanups.fixture.channel().tell(new ChannelRequest.AskResources(new ResourceManager.ShowMetrics(caller.ref())));
        return caller.expectMessageClass(ResourceManager.Metered.class, CleanupUnderTest.PATIENCE).metrics().stream()
                .filter(metrics -> metrics.type() == ResourceType.BUFFER)
                .mapToLong(metrics -> metrics.totals().inUse())
                .sum();
    }
}
