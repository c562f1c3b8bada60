package io.millrace.channel.resource;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.JobIds;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.domain.Moment;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** The resource managers of some channels on one node, without the channels. */
final class ResourcesUnderTest {
    /** Of the channels' lives. */
    static final long INCARNATION = 3;

    final Instruments instruments = new Instruments();
    final ActorRef<NodeResources.Command> node;
    final TestProbe<ChannelReport> reports;
    /** What the process manager says of the processes that run. */
    final AtomicReference<ProcessManager.Processes> processes =
            new AtomicReference<>(new ProcessManager.Processes(List.of()));

    private final ActorTestKit kit;
    private final NodeLimits limits;
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();

    ResourcesUnderTest(ActorTestKit kit, NodeLimits limits) {
        this.kit = kit;
        this.limits = limits;
        this.node = kit.spawn(NodeResources.create(limits, instruments));
        this.reports = kit.createTestProbe("channel");
    }

    ActorRef<ResourceManager.Command> manager(String channel, ChannelSpec spec) {
        return kit.spawn(ResourceManager.create(seed(channel, spec)));
    }

    ResourceManager.Seed seed(String channel, ChannelSpec spec) {
        return new ResourceManager.Seed(
                new ChannelName(channel),
                spec,
                INCARNATION,
                "node-1",
                TestServices.SEALS,
                JobIds.system(),
                () -> new Moment(System.nanoTime(), System.currentTimeMillis()),
                instruments,
                blocking,
                limits,
                node,
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
