package io.millrace.node;

import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs which nodes come and go, in the few lines an operator needs. */
final class MembershipLog {
    private static final Logger LOG = LoggerFactory.getLogger(MembershipLog.class);

    private MembershipLog() {}

    static Behavior<ClusterEvent.ClusterDomainEvent> create() {
        return Behaviors.setup(context -> {
            Cluster cluster = Cluster.get(context.getSystem());
            subscribe(context, cluster, ClusterEvent.MemberEvent.class);
            subscribe(context, cluster, ClusterEvent.ReachabilityEvent.class);
            Address self = cluster.selfMember().address();
            return Behaviors.receiveMessage(event -> {
                log(event, self);
                return Behaviors.same();
            });
        });
    }

    private static <E extends ClusterEvent.ClusterDomainEvent> void subscribe(
            ActorContext<ClusterEvent.ClusterDomainEvent> context, Cluster cluster, Class<E> type) {
        cluster.subscriptions().tell(Subscribe.create(context.getSelf().narrow(), type));
    }

    private static void log(ClusterEvent.ClusterDomainEvent event, Address self) {
        switch (event) {
            case ClusterEvent.MemberEvent change
            when change.member().address().equals(self) -> LOG.debug("This node: {}", change);
            case ClusterEvent.MemberUp up ->
                LOG.info("Node {} joined", name(up.member().address()));
            case ClusterEvent.MemberLeft left ->
                LOG.info("Node {} is leaving", name(left.member().address()));
            case ClusterEvent.MemberDowned downed ->
                LOG.warn(
                        "Node {} is put out of the cluster",
                        name(downed.member().address()));
            case ClusterEvent.MemberRemoved removed ->
                LOG.info("Node {} is gone", name(removed.member().address()));
            case ClusterEvent.UnreachableMember lost ->
                LOG.warn("Node {} does not answer", name(lost.member().address()));
            case ClusterEvent.ReachableMember back ->
                LOG.info("Node {} answers again", name(back.member().address()));
            default -> LOG.debug("{}", event);
        }
    }

    private static String name(Address address) {
        return address.getHost().orElse("") + ":" + address.getPort().orElse(0);
    }
}
