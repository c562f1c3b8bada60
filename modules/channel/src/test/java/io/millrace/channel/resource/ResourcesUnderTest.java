package io.millrace.channel.resource;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.JobIds;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.buffer.BufferPools;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.domain.Moment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** The resource managers of some channels on one node, without the channels. */
final class ResourcesUnderTest {
    /** Of the channels' lives. */
    static final long INCARNATION = 3;

    static final String NODE = "node-1";

    final Instruments instruments = new Instruments();
    final ActorRef<NodeResources.Command> node;
    final TestProbe<ChannelReport> reports;
    /** What the process manager says of the processes that run. */
    final AtomicReference<ProcessManager.Processes> processes =
            new AtomicReference<>(new ProcessManager.Processes(List.of()));

    private final ActorTestKit kit;
    private final NodeLimits limits;
    private final AtomicLong skippedNanos = new AtomicLong();
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();

    ResourcesUnderTest(ActorTestKit kit, NodeLimits limits) {
        this(kit, limits, new BufferPools(limits.bufferBytes()));
    }

    ResourcesUnderTest(ActorTestKit kit, NodeLimits limits, BufferPools pools) {
        this.kit = kit;
        this.limits = limits;
        this.node = kit.spawn(NodeResources.create(limits, pools, instruments));
        this.reports = kit.createTestProbe("channel");
    }

    ActorRef<ResourceManager.Command> manager(String channel, ChannelSpec spec) {
        return kit.spawn(ResourceManager.create(seed(channel, spec)));
    }

    /** Calls to the manager of a new channel. */
    ResourceCalls channel(String channel, ChannelSpec spec) {
        return new ResourceCalls(kit, manager(channel, spec));
    }

    /** Calls to the manager of a new channel with something between it and the node. */
    ResourceCalls channel(String channel, InterceptedNode intercepted) {
        return new ResourceCalls(
                kit, kit.spawn(ResourceManager.create(seed(channel, ChannelSpec.DEFAULT, intercepted.node))));
    }

    /** Lets time pass for the clock of the managers and for their timers. */
    void pass(ManualTime time, Duration duration) {
        skippedNanos.addAndGet(duration.toNanos());
        time.timePasses(duration);
    }

    NodeFigures figures() {
        var probe = kit.<NodeFigures>createTestProbe();
        node.tell(new NodeResources.ShowFigures(probe.getRef()));
        return probe.receiveMessage(ChannelManagers.PATIENCE);
    }

    /** The next report of a kind; what else is reported meanwhile is passed over. */
    <T extends ChannelReport> T report(Class<T> kind) {
        while (true) {
            var report = reports.receiveMessage(ChannelManagers.PATIENCE);
            if (kind.isInstance(report)) {
                return kind.cast(report);
            }
        }
    }

    ResourceManager.Seed seed(String channel, ChannelSpec spec) {
        return seed(channel, spec, node);
    }

    private ResourceManager.Seed seed(String channel, ChannelSpec spec, ActorRef<NodeResources.Command> nodeResources) {
        return new ResourceManager.Seed(
                new ChannelName(channel),
                spec,
                INCARNATION,
                NODE,
                TestServices.SEALS,
                JobIds.system(),
                () -> new Moment(System.nanoTime() + skippedNanos.get(), System.currentTimeMillis()),
                instruments,
                blocking,
                limits,
                nodeResources,
                kit.spawn(processManager()),
                reports.getRef());
    }

    private Behavior<ProcessManager.Command> processManager() {
        return Behaviors.receiveMessage(command -> {
            if (command instanceof ProcessManager.Snapshot(var replyTo)) {
                replyTo.tell(processes.get());
            }
            return Behaviors.same();
        });
    }
}
