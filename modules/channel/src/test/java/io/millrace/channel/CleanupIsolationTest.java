package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.PATIENCE;
import static io.millrace.channel.CleanupUnderTest.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogQuery;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.SubmittedJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two busy channels on one node, one of which is cleaned up again and again. */
class CleanupIsolationTest {
    private static final ChannelName OTHER = new ChannelName("other");
    private static final Owner DEPLOY = Owner.named("deploy");
    private static final int CLEANUPS = 5;
    private static final int JOBS_EACH = 20;

    @TempDir
    Path data;

    private final TestHandler.Gate gate = new TestHandler.Gate("gate");
    private final LinkedBlockingQueue<Integer> attempts = new LinkedBlockingQueue<>();
    private final CountDownLatch letGo = new CountDownLatch(1);
    private CleanupUnderTest cleanups;
    private ActorRef<Channel.Command> cleaned;
    private ActorRef<Channel.Command> other;
    private ManagerStarter.Managers ofOther;

    /** What a channel keeps. */
    private record Kept(
            List<ResourceView> resources,
            List<String> leases,
            List<Long> processes,
            List<String> threads,
            List<String> lines) {}

    @BeforeEach
    void start() {
        var holder = TestHandler.named("holder", context -> {
            attempts.add(context.attempt());
            letGo.await();
            return null;
        });
        cleanups = new CleanupUnderTest(data, gate, holder).started();
        cleaned = cleanups.fixture.channel();
        other = cleanups.fixture.start(OTHER);
        TestProbe<ChannelReply> caller = cleanups.fixture.caller();
        other.tell(new ChannelRequest.Put(ChannelSpec.DEFAULT, caller.ref()));
        caller.expectMessageClass(ChannelReply.ChannelShown.class, PATIENCE);
        ofOther = cleanups.fixture.managers();
    }

    @AfterEach
    void stop() {
        letGo.countDown();
        gate.open();
        cleanups.close();
    }

    @Test
    @Proves({"C-06", "C-35"})
    void aChannelUnderLoadIsUntouchedByTheCleanupOfAnother() throws Exception {
        // given two channels with everything a cleanup gives back
        cleanups.registered(task("a"), task("b", "a"));
        occupy(cleaned, "gate", "");
        gate.awaitEntered();
        SubmittedJob held = occupy(other, "holder", "echo other; ");
        assertThat(attempts.poll(20, TimeUnit.SECONDS)).isOne();
        Kept before = kept();
        assertThat(before.resources).hasSizeGreaterThanOrEqualTo(2);
        assertThat(before.leases).hasSize(1);
        assertThat(before.processes).hasSize(1);
        assertThat(before.threads).hasSize(2);
        assertThat(before.lines).containsExactly("other");

        // when one is cleaned up while the other one works
        List<SubmittedJob> jobs = new ArrayList<>();
        for (int i = 0; i < CLEANUPS; i++) {
            jobs.addAll(submit(other, JOBS_EACH, new Work.Handler("ok", "job")));
            CleanupResult result = cleanups.executeAll();
            assertThat(result.status()).as("%s", result).isEqualTo(CleanupStatus.COMPLETE);
            assertThat(result.released().threads()).isPositive();
            assertThat(isIsolated(cleaned)).isTrue();
            assertThat(isIsolated(other)).isTrue();
            gate.awaitEntered();
        }

        // then the other one has done all its work at the first attempt and keeps what it had
        for (SubmittedJob job : jobs) {
            var view = ended(job);
            assertThat(view.state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(view.attempt()).isOne();
        }
        assertThat(kept()).isEqualTo(before);
        assertThat(attempts).as("nothing was started again").isEmpty();
        letGo.countDown();
        assertThat(ended(held).state()).isEqualTo(JobState.SUCCEEDED);
    }

    /** Lets a channel have a thread, a process, a lock, and resources. */
    private SubmittedJob occupy(ActorRef<Channel.Command> channel, String handler, String script) {
        Path started = data.resolve(handler);
        submit(channel, 1, process(script + "touch " + started + "; sleep 600"));
        ask(
                channel,
                replyTo -> new ChannelRequest.AskLocks(new LockManager.Acquire(
                        DEPLOY,
                        new LockRequest(new LockName("schema"), Duration.ZERO, Duration.ofMinutes(10), null),
                        null,
                        replyTo)));
        for (ResourceType type : List.of(ResourceType.BUFFER, ResourceType.FILES)) {
            ask(
                    channel,
                    replyTo -> new ChannelRequest.AskResources(new ResourceManager.Allocate(
                            DEPLOY, AllocationRequest.of(type, 100), null, null, replyTo)));
        }
        while (!Files.exists(started)) {
            Thread.onSpinWait();
        }
        return submit(channel, 1, new Work.Handler(handler, null)).getFirst();
    }

    private static Work process(String script) {
        return new Work.Process(List.of("sh", "-c", script), Map.of(), "", null);
    }

    private List<SubmittedJob> submit(ActorRef<Channel.Command> channel, int count, Work work) {
        List<SubmittedJob> jobs =
                cleanups.fixture.submissions().accept(Collections.nCopies(count, JobSpec.of(work)), null);
        TestProbe<ChannelReply> caller = cleanups.fixture.caller();
        channel.tell(ChannelFixture.submit(caller.ref(), jobs.toArray(SubmittedJob[]::new)));
        caller.expectMessageClass(ChannelReply.Accepted.class, PATIENCE);
        return jobs;
    }

    private JobView ended(SubmittedJob job) {
        TestProbe<ChannelReply> caller = cleanups.fixture.caller();
        other.tell(new ChannelRequest.AwaitEnd(job.id(), PATIENCE.toMillis(), caller.ref()));
        return switch (caller.receiveMessage(PATIENCE)) {
            case ChannelReply.JobShown(var view) -> view;
            case ChannelReply.JobNotHeld _ ->
                cleanups.fixture.services.readModel.job(OTHER, job.id()).orElseThrow();
            case ChannelReply answer -> throw new AssertionError("not an answer: " + answer);
        };
    }

    private ManagerReply ask(
            ActorRef<Channel.Command> channel, Function<ActorRef<ManagerReply>, Channel.Command> request) {
        TestProbe<ManagerReply> caller = cleanups.caller();
        channel.tell(request.apply(caller.ref()));
        ManagerReply reply = caller.receiveMessage(PATIENCE);
        assertThat(reply).isNotInstanceOf(ManagerReply.Refused.class);
        return reply;
    }

    private boolean isIsolated(ActorRef<Channel.Command> channel) {
        return cleanups.ask(channel, CleanupManager.IsolationVerified.class, CleanupManager.VerifyIsolation::new)
                .report()
                .isolated();
    }

    // What the other channel keeps

    private Kept kept() {
        var resources = (ResourceManager.Listed)
                ask(other, replyTo -> new ChannelRequest.AskResources(new ResourceManager.ListResources(0, replyTo)));
        var locks = (LockManager.Listed)
                ask(other, replyTo -> new ChannelRequest.AskLocks(new LockManager.ListLocks(replyTo)));
        TestProbe<ProcessManager.Processes> processes =
                cleanups.fixture.testKit().createTestProbe();
        ofOther.processes().tell(new ProcessManager.Snapshot(processes.ref()));
        return new Kept(
                resources.resources(),
                locks.locks().stream()
                        .map(lock -> lock.lock() + " " + lock.holder() + " " + lock.token())
                        .toList(),
                processes.receiveMessage(PATIENCE).processes().stream()
                        .map(Inspection.ProcessView::pid)
                        .toList(),
                threads(),
                lines());
    }

    /** Threads that run since before the first look. */
    private List<String> threads() {
        TestProbe<ThreadManager.Threads> threads = cleanups.fixture.testKit().createTestProbe();
        ofOther.threads().tell(new ThreadManager.Snapshot(threads.ref()));
        return threads.receiveMessage(PATIENCE).threads().stream()
                .map(thread -> thread.name() + " " + thread.job() + " " + thread.epoch())
                .sorted()
                .toList();
    }

    private List<String> lines() {
        TestProbe<LogStore.Answer> logs = cleanups.fixture.testKit().createTestProbe();
        other.tell(new ChannelRequest.ReadLogs(
                new LogQuery(OTHER, null, null, 0, null, null, null, null, null, 1_000),
                PATIENCE.toMillis(),
                false,
                logs.ref()));
        return logs.expectMessageClass(LogStore.Lines.class, PATIENCE).page().lines().stream()
                .map(LogLine::content)
                .toList();
    }
}
