package io.millrace.node;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import scala.jdk.javaapi.CollectionConverters;

/** This node's place in the cluster. */
final class ClusterMembership {
    private final Cluster cluster;
    private final ActorSystem<?> system;

    ClusterMembership(ActorSystem<?> system) {
        this.system = system;
        this.cluster = Cluster.get(system);
    }

    /** Host and remote port of this node, with the real port if a free one was asked for. */
    String selfHostPort() {
        Address address = cluster.selfMember().address();
        return address.getHost().orElse("localhost") + ":" + address.getPort().orElse(0);
    }

    /**
     * Joins the cluster and waits until this node is a member.
     *
     * @param seedNodes empty to be a cluster by itself
     */
    void join(List<Address> seedNodes, Duration limit) {
        CompletableFuture<Void> up = new CompletableFuture<>();
        org.apache.pekko.cluster.Cluster.get(system).registerOnMemberUp(() -> up.complete(null));
        if (seedNodes.isEmpty()) {
            cluster.manager().tell(Join.create(cluster.selfMember().address()));
        } else {
            cluster.manager()
                    .tell(new JoinSeedNodes(
                            CollectionConverters.asScala(seedNodes).toSeq()));
        }
        try {
            up.get(limit.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while joining the cluster", e);
        } catch (ExecutionException | TimeoutException e) {
            throw Problem.of(
                            ErrorCode.UNAVAILABLE,
                            "Node",
                            "The node could not join the cluster within " + limit.toSeconds() + " s. Seed nodes tried: "
                                    + seedNodes + ". Check that one of them runs and can be reached, and that every "
                                    + "node has the same list.")
                    .asException();
        }
    }

    /** True while this node is a member that serves. */
    boolean isUp() {
        return cluster.selfMember().status() == MemberStatus.up();
    }

    /** True if every other member can be reached from here. */
    boolean isEveryoneReachable() {
        return cluster.state().getUnreachable().isEmpty();
    }
}
