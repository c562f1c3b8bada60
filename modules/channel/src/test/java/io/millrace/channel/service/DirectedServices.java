package io.millrace.channel.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.JobIds;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.StoredProcesses;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.handler.context.ClosableCleanups;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.thread.AttemptCleanups;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessView;
import io.millrace.domain.Moment;
import io.millrace.domain.process.ProcessSnapshot;
import io.millrace.host.RunListener;
import io.millrace.host.limits.LimitReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;

/** A service manager whose channel, process manager and clock a test plays. Nothing runs for real. */
final class DirectedServices implements AutoCloseable {
    static final ChannelName CHANNEL = new ChannelName("build");
    static final String NODE = "node-1";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long T0 = Instant.parse("2026-11-01T12:00:00Z").toEpochMilli();

    final ActorTestKit kit = ActorTestKit.create("directed-services", ManualTime.config());
    final StoredProcesses channel;
    final TestProbe<ProcessManager.Command> processes = kit.createTestProbe(ProcessManager.Command.class);
    final TestProbe<LogStore.Command> logs = kit.createTestProbe(LogStore.Command.class);
    final TestServices node = new TestServices();
    private final ManualTime time = ManualTime.get(kit.system());
    private final AtomicLong elapsedNanos = new AtomicLong();
    private final ActorRef<ServiceManager.Command> manager;

    DirectedServices() {
        this(ProcessSnapshot.EMPTY);
    }

    /** Begins with what an earlier life of the channel has stored. */
    DirectedServices(ProcessSnapshot stored) {
        channel = new StoredProcesses(stored, () -> now().millis());
        manager = kit.spawn(ServiceManager.create(new ServiceManager.Seed(
                CHANNEL,
                ChannelSpec.DEFAULT,
                2,
                stored,
                TestServices.LEASE.takeOverDelayOfSurvivors(),
                node.services(NODE),
                new ServiceManager.Siblings(processes.ref(), logs.ref(), new GivingBack()),
                JobIds.system(),
                this::now,
                kit.spawn(channel.channel()))));
    }

    /** Gives everything back at once. */
    private record GivingBack() implements AttemptCleanups {
        @Override
        public void cleanUp(
                AttemptId attempt, Set<Holding> holdings, List<CleanupTask> tasks, ActorRef<CleanedUp> replyTo) {
            replyTo.tell(new CleanedUp(attempt, List.of()));
        }

        @Override
        public ClosableCleanups forHandler() {
            throw new UnsupportedOperationException("no handler runs here");
        }
    }

    // Time

    Moment now() {
        long elapsed = elapsedNanos.get();
        return new Moment(elapsed, T0 + elapsed / 1_000_000);
    }

    /** Lets time pass, once the manager waits for nothing else. */
    void pass(Duration duration) {
        settle();
        elapsedNanos.addAndGet(duration.toNanos());
        time.timePasses(duration);
    }

    /** The channel goes away. */
    void end() {
        kit.stop(manager, PATIENCE);
    }

    // Requests

    void tell(ServiceManager.Command command) {
        manager.tell(command);
    }

    /** Makes the manager throw: the message is none of its own. */
    void fail() {
        Adapter.toClassic(manager).tell("a message nobody can handle", org.apache.pekko.actor.ActorRef.noSender());
    }

    TestProbe<ManagerReply> ask(Function<ActorRef<ManagerReply>, ServiceManager.Command> request) {
        TestProbe<ManagerReply> replies = kit.createTestProbe(ManagerReply.class);
        manager.tell(request.apply(replies.ref()));
        return replies;
    }

    <R extends ManagerReply> R answer(Class<R> type, Function<ActorRef<ManagerReply>, ServiceManager.Command> request) {
        return ask(request).expectMessageClass(type, PATIENCE);
    }

    ProcessView start(ProcessSpec spec) {
        return answer(ServiceManager.Registered.class, replyTo -> new ServiceManager.Start(spec, null, null, replyTo))
                .process();
    }

    ProcessView show(JobId process) {
        return answer(ServiceManager.Shown.class, replyTo -> new ServiceManager.Show(process.toString(), replyTo))
                .process();
    }

    // The process manager

    <C extends ProcessManager.Command> C asked(Class<C> type) {
        return processes.expectMessageClass(type, PATIENCE);
    }

    /** The manager has nothing left to do, and has asked for nothing. */
    void nothingIsAsked() {
        settle();
        processes.expectNoMessage(Duration.ZERO);
    }

    /** A list is answered behind what was decided before it; what follows from that may take another turn, or two. */
    void settle() {
        for (int turn = 0; turn < 3; turn++) {
            answer(ServiceManager.Listed.class, replyTo -> new ServiceManager.ListProcesses(0, replyTo));
        }
    }

    /** It runs by now. */
    void isUp(ProcessManager.Start start, int pid) {
        start.replyTo().tell(new ProcessManager.Started(start.attempt(), pid, now().millis(), List.of()));
    }

    void isUp(ProcessManager.Adopt adopt, int pid) {
        adopt.replyTo().tell(new ProcessManager.Started(adopt.attempt(), pid, now().millis(), List.of()));
    }

    void exited(ActorRef<ProcessManager.Answer> to, AttemptId run, int code) {
        to.tell(new ProcessManager.Ended(run, code, null, now().millis(), null, LimitReport.NOTHING, 0));
    }

    void signalled(ActorRef<ProcessManager.Answer> to, AttemptId run, String signal) {
        to.tell(new ProcessManager.Ended(run, null, signal, now().millis(), null, LimitReport.NOTHING, 0));
    }

    void interrupted(ActorRef<ProcessManager.Answer> to, AttemptId run, RunListener.EndReason reason) {
        to.tell(new ProcessManager.Ended(run, null, "SIGKILL", now().millis(), reason, LimitReport.NOTHING, 0));
    }

    ProcessView await(JobId process, Function<ProcessView, Boolean> condition) {
        var probe = kit.createTestProbe();
        return probe.awaitAssert(PATIENCE, () -> {
            ProcessView view = show(process);
            assertThat(condition.apply(view)).as(view.toString()).isTrue();
            return view;
        });
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
    }
}
