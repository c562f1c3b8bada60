package io.millrace.channel.cluster;

import static io.millrace.channel.fixture.Nothing.nothing;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.Inspection;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockView;
import java.time.Instant;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeInspectorTest {
    private static final ChannelName CHANNEL = new ChannelName("inspected");

    private final ActorTestKit kit = ActorTestKit.create();

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    @Proves("G-61")
    void aDefectMakesNoNodeDisappearFromTheLists() {
        var inspector = kit.spawn(NodeInspector.create("node-1"));
        var locks = kit.createTestProbe(LockManager.Command.class);
        inspector.tell(new NodeInspector.Register(
                CHANNEL,
                kit.createTestProbe(ThreadManager.Command.class).ref(),
                kit.createTestProbe(ResourceManager.Command.class).ref(),
                kit.createTestProbe(ProcessManager.Command.class).ref(),
                kit.createTestProbe(CleanupManager.Command.class).ref(),
                locks.ref()));

        inspector.tell(new NodeInspector.Register(
                new ChannelName("defective"), nothing(), nothing(), nothing(), nothing(), nothing()));
        var answer = kit.createTestProbe(NodeInspector.Locks.class);
        inspector.tell(new NodeInspector.ListLocks(answer.ref()));

        locks.expectMessageClass(LockManager.ListLocks.class).replyTo().tell(new LockManager.Listed(List.of(held())));
        assertThat(answer.receiveMessage().items())
                .extracting(Inspection.LockUse::channel)
                .containsExactly(CHANNEL);
    }

    private static LockView held() {
        return new LockView(new LockName("a"), null, Owner.named("ann"), 1, Instant.EPOCH, Instant.EPOCH, List.of());
    }
}
