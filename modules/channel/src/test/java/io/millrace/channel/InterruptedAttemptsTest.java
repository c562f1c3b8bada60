package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.PATIENCE;
import static io.millrace.channel.CleanupUnderTest.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.process.ProcessLease;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.ReturnedItem.End;
import io.millrace.contracts.cleanup.ReturnedItem.Type;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.job.RetryPolicy;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.lock.LockChange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an attempt leaves behind that is lost together with its node, and what is said of it. */
class InterruptedAttemptsTest {
    private static final ProcessLease LEASE = new ProcessLease(Duration.ofSeconds(1), Duration.ZERO);
    private static final LockName SCHEMA = new LockName("schema");
    /** Bytes of the buffer into which the output of a process is read. */
    private static final int OUTPUT_BUFFER = 64 << 10;

    private static final Work SLEEP = new Work.Process(List.of("sleep", "600"), Map.of(), "", null);

    @TempDir
    Path data;

    private final TestHandler.Gate gate = new TestHandler.Gate("gate");
    private CleanupUnderTest cleanups;

    @BeforeEach
    void start() {
        cleanups = new CleanupUnderTest(data, LEASE, gate).started();
    }

    @AfterEach
    void stop() {
        gate.open();
        cleanups.close();
    }

    @Test
    @Proves({"C-26", "C-29", "C-69"})
    void everythingThatAProcessOfAnotherNodeHeldIsReturnedOnceItsLeaseIsOver() {
        // given
        SubmittedJob job = submitted(SLEEP, task("tidy"));
        await().atMost(PATIENCE)
                .until(() -> !events(ChannelEvent.ResourcesNoted.class).isEmpty());

        // when
        cleanups.fixture.crash();
        cleanups.fixture.startOnAnotherNode();
        JobView ended = cleanups.fixture.awaitEnd(job.id());

        // then
        assertThat(ended.state()).isEqualTo(JobState.LOST);
        assertThat(cleanups.acted).containsExactly("tidy");
        CleanupResult result = behind(job);
        assertThat(result.returned())
                .extracting(ReturnedItem::type, ReturnedItem::end, ReturnedItem::by, ReturnedItem::count)
                .containsExactly(
                        tuple(Type.PROCESS, End.LEASE_OVER, "ProcessManager", 1L),
                        tuple(Type.THREAD, End.GONE_WITH_NODE, "ThreadManager", 1L),
                        tuple(Type.LOCK, End.RETURNED, "LockManager", 1L),
                        tuple(Type.BUFFER, End.GONE_WITH_NODE, "ResourceManager", 2L),
                        tuple(Type.FILES, End.GONE_WITH_NODE, "ResourceManager", 1L),
                        tuple(Type.PROCESSES, End.GONE_WITH_NODE, "ResourceManager", 1L),
                        tuple(Type.BUFFER, End.GONE_WITH_NODE, "ResourceManager", 1L));
        assertThat(result.returned())
                .allMatch(item -> item.from().equals("node-1")
                        && item.node().equals("node-2")
                        && !item.ids().isEmpty());
        assertThat(result.returned().get(3).amount()).isEqualTo(2 << 20);
        assertThat(result.returned().get(3).notedAt()).isNotNull();
        assertThat(result.released()).isEqualTo(new Released(1, 1, 1, 5, (2 << 20) + OUTPUT_BUFFER, 0));

        // and the lock was released by that, before the end of the attempt was stored
        ChannelEvent.LockReleased released = last(ChannelEvent.LockReleased.class);
        assertThat(released.reason()).isEqualTo(LockChange.Reason.OWNER_ENDED);
        List<ChannelEvent> all = cleanups.fixture.storedEvents();
        assertThat(all.indexOf(released)).isLessThan(all.indexOf(last(ChannelEvent.AttemptEnded.class)));
    }

    @Test
    void aJobThatDeclaresNoCleanupIsCleanedUpBehindAllTheSame() {
        // given
        SubmittedJob job = submitted(SLEEP);
        await().atMost(PATIENCE)
                .until(() -> !events(ChannelEvent.LockGranted.class).isEmpty());

        // when
        cleanups.fixture.crash();
        cleanups.fixture.startOnAnotherNode();
        cleanups.fixture.awaitEnd(job.id());

        // then
        CleanupResult result = behind(job);
        assertThat(result.steps()).isEmpty();
        assertThat(result.returned()).extracting(ReturnedItem::type).startsWith(Type.PROCESS, Type.THREAD, Type.LOCK);
        assertThat(last(ChannelEvent.LockReleased.class).reason()).isEqualTo(LockChange.Reason.OWNER_ENDED);
    }

    @Test
    void aProcessOfTheSameNodeGivesItsLocksBackAsSoonAsNothingOfItIsLeft() {
        // given
        SubmittedJob job = submitted(SLEEP);
        await().atMost(PATIENCE)
                .until(() -> !events(ChannelEvent.LockGranted.class).isEmpty());

        // when
        cleanups.fixture.crash();
        cleanups.loseProcessesOf("node-1");
        cleanups.fixture.startOn("node-1");
        cleanups.fixture.awaitEnd(job.id());

        // then
        assertThat(behind(job).returned())
                .extracting(ReturnedItem::type, ReturnedItem::end)
                .startsWith(
                        tuple(Type.PROCESS, End.RETURNED),
                        tuple(Type.THREAD, End.GONE_WITH_NODE),
                        tuple(Type.LOCK, End.RETURNED));
    }

    @Test
    @Proves("T-32")
    void whatAHandlerOfAnotherNodeHoldsRunsOutBecauseItMayGoOn() throws InterruptedException {
        // given
        SubmittedJob job = submitted(new Work.Handler("gate", null), task("tidy"));
        gate.awaitEntered();

        // when
        cleanups.fixture.crash();
        cleanups.fixture.startOnAnotherNode();
        JobView ended = cleanups.fixture.awaitEnd(job.id());

        // then
        assertThat(ended.state()).isEqualTo(JobState.LOST);
        assertThat(behind(job).returned())
                .extracting(ReturnedItem::type, ReturnedItem::end)
                .contains(tuple(Type.LOCK, End.RUNS_OUT));
        assertThat(behind(job).released().locks()).isZero();
        assertThat(events(ChannelEvent.LockReleased.class)).isEmpty();
    }

    @Test
    void whatAnAttemptOfThisLifeHeldIsShownBehindItsTasks() {
        // given
        SubmittedJob job = submitted(new Work.Process(List.of("true"), Map.of(), "", null), task("tidy"));

        // when
        cleanups.fixture.awaitEnd(job.id());

        // then
        CleanupResult result = behind(job);
        assertThat(result.returned())
                .allMatch(item -> item.end() == End.RETURNED && item.from().equals("node-1"))
                .extracting(ReturnedItem::type)
                .containsExactly(
                        Type.PROCESS, Type.DIRECTORY, Type.LOCK, Type.BUFFER, Type.FILES, Type.PROCESSES, Type.BUFFER);
    }

    @Test
    void anAttemptThatEndsSoonLeavesNoNote() {
        SubmittedJob job = submitted(new Work.Process(List.of("true"), Map.of(), "", null));

        cleanups.fixture.awaitEnd(job.id());

        assertThat(events(ChannelEvent.ResourcesNoted.class)).isEmpty();
    }

    /** Tried once, with a lock, two large buffers and three files. */
    private SubmittedJob submitted(Work work, CleanupTask... tasks) {
        JobSpec spec = new JobSpec(
                work,
                "",
                Priority.MEDIUM,
                null,
                null,
                null,
                RetryPolicy.NONE,
                Delivery.AT_MOST_ONCE,
                List.of(
                        new ResourceRequest(ResourceType.BUFFER, 1 << 20),
                        new ResourceRequest(ResourceType.BUFFER, 1 << 20),
                        new ResourceRequest(ResourceType.FILES, 3)),
                List.of(SCHEMA),
                List.of(tasks),
                null,
                Map.of(),
                null);
        SubmittedJob job =
                cleanups.fixture.submissions().accept(List.of(spec), null).getFirst();
        cleanups.fixture.submitted(job);
        return job;
    }

    private CleanupResult behind(SubmittedJob job) {
        return cleanups.ask(CleanupManager.Executed.class, replyTo -> new CleanupManager.ShowOfJob(job.id(), replyTo))
                .result();
    }

    private <T extends ChannelEvent> List<T> events(Class<T> type) {
        return cleanups.fixture.storedEvents(type);
    }

    private <T extends ChannelEvent> T last(Class<T> type) {
        return events(type).getLast();
    }
}
