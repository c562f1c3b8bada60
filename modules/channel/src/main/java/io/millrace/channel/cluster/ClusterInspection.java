package io.millrace.channel.cluster;

import io.millrace.channel.Inspection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/** Asks the inspector of every node. */
public final class ClusterInspection implements Inspection {
    /** A node that takes longer is named as silent. */
    private static final Duration ANSWER_TIME = Gathering.TIME.multipliedBy(2);

    private static final int ITEMS_MAX = 10_000;

    private final ActorSystem<?> system;
    private final Cluster cluster;
    private final ActorRef<NodeInspector.Command> local;

    /** @param local inspector of this node, which is asked even before the receptionist lists it as a member's */
    public ClusterInspection(ActorSystem<?> system, ActorRef<NodeInspector.Command> local) {
        this.system = system;
        this.cluster = Cluster.get(system);
        this.local = local;
    }

    @Override
    public CompletionStage<ClusterList<ThreadView>> threads() {
        return ask(NodeInspector.ListThreads::new);
    }

    @Override
    public CompletionStage<ClusterList<ResourceView>> resources() {
        return ask(NodeInspector.ListResources::new);
    }

    @Override
    public CompletionStage<ClusterList<ProcessView>> processes() {
        return ask(NodeInspector.ListProcesses::new);
    }

    @Override
    public CompletionStage<ClusterList<CleanupView>> cleanups() {
        return ask(NodeInspector.ListCleanups::new);
    }

    @Override
    public CompletionStage<ClusterList<LockUse>> locks() {
        return ask(NodeInspector.ListLocks::new);
    }

    private <V, R extends NodeInspector.Items<V>> CompletionStage<ClusterList<V>> ask(
            Function<ActorRef<R>, NodeInspector.Command> request) {
        return inspectors().thenCompose(inspectors -> {
            CompletionStage<ClusterList<V>> all =
                    CompletableFuture.completedStage(new ClusterList<>(List.of(), List.of()));
            for (Address node : nodes()) {
                all = all.thenCombine(askNode(node, inspectors, request), ClusterInspection::join);
            }
            return all;
        });
    }

    private <V, R extends NodeInspector.Items<V>> CompletionStage<ClusterList<V>> askNode(
            Address node,
            Map<Address, ActorRef<NodeInspector.Command>> inspectors,
            Function<ActorRef<R>, NodeInspector.Command> request) {
        ClusterList<V> silent = new ClusterList<>(List.of(), List.of(node.hostPort()));
        ActorRef<NodeInspector.Command> inspector = inspectors.get(node);
        if (inspector == null) {
            return CompletableFuture.completedStage(silent);
        }
        CompletionStage<R> answer = AskPattern.ask(inspector, request::apply, ANSWER_TIME, system.scheduler());
        return answer.handle((items, _) -> items == null ? silent : new ClusterList<>(items.items(), List.of()));
    }

    private CompletionStage<Map<Address, ActorRef<NodeInspector.Command>>> inspectors() {
        CompletionStage<Receptionist.Listing> listing = AskPattern.ask(
                system.receptionist(),
                replyTo -> Receptionist.find(NodeInspector.SERVICE, replyTo),
                ANSWER_TIME,
                system.scheduler());
        return listing.handle((found, _) -> {
            Map<Address, ActorRef<NodeInspector.Command>> byNode = new HashMap<>();
            if (found != null) {
                for (ActorRef<NodeInspector.Command> inspector : found.getServiceInstances(NodeInspector.SERVICE)) {
                    byNode.put(addressOf(inspector), inspector);
                }
            }
            byNode.put(cluster.selfMember().address(), local);
            return byNode;
        });
    }

    private List<Address> nodes() {
        List<Address> nodes = new ArrayList<>();
        for (Member member : cluster.state().getMembers()) {
            if (member.status() == MemberStatus.up() || member.status() == MemberStatus.weaklyUp()) {
                nodes.add(member.address());
            }
        }
        return nodes;
    }

    /** The path of a local actor has no host. */
    private Address addressOf(ActorRef<?> inspector) {
        Address address = inspector.path().address();
        return address.hasLocalScope() ? cluster.selfMember().address() : address;
    }

    private static <V> ClusterList<V> join(ClusterList<V> some, ClusterList<V> more) {
        List<V> items = new ArrayList<>(some.items());
        items.addAll(more.items().subList(0, Math.min(more.items().size(), ITEMS_MAX - items.size())));
        List<String> silent = new ArrayList<>(some.silentNodes());
        silent.addAll(more.silentNodes());
        return new ClusterList<>(items, silent);
    }
}
