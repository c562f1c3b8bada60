package io.millrace.channel.resource;

import io.millrace.channel.fixture.ChannelManagers;
import java.util.function.Predicate;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Stands between resource managers and their node: hands everything on, except what a test wants to keep for a while. */
final class InterceptedNode {
    final ActorRef<NodeResources.Command> node;

    private final ActorRef<NodeResources.Command> real;
    private final TestProbe<NodeResources.Command> kept;
    private volatile Predicate<NodeResources.Command> isKept = _ -> false;

    InterceptedNode(ActorTestKit kit, ActorRef<NodeResources.Command> real) {
        this.real = real;
        this.kept = kit.createTestProbe("kept");
        this.node = kit.spawn(Behaviors.receiveMessage(command -> {
            (isKept.test(command) ? kept.getRef() : real).tell(command);
            return Behaviors.same();
        }));
    }

    void keep(Class<? extends NodeResources.Command> kind) {
        isKept = kind::isInstance;
    }

    void keepNothing() {
        isKept = _ -> false;
    }

    /** The next thing that was kept. */
    <T extends NodeResources.Command> T next(Class<T> kind) {
        return kind.cast(kept.receiveMessage(ChannelManagers.PATIENCE));
    }

    void handOn(NodeResources.Command command) {
        real.tell(command);
    }
}
