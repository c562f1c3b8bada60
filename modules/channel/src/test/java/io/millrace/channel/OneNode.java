package io.millrace.channel;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.millrace.channel.fixture.PersistedJournal;
import io.millrace.channel.fixture.TestServices;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;

/** The actor system of a node, with journal and database in memory. It is a cluster of its own once it has joined. */
final class OneNode implements AutoCloseable {
    final ActorTestKit kit = ActorTestKit.create("node", config());
    final TestServices services = new TestServices();
    final PersistedJournal journal = new PersistedJournal(PersistenceTestKit.create(kit.system()));

    static Config config() {
        return ConfigFactory.parseString("""
                        pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                        pekko.cluster.jmx.multi-mbeans-in-same-jvm = on
                        pekko.coordinated-shutdown.exit-jvm = off
                        """)
                .withFallback(PersistenceTestKitPlugin.getInstance().config())
                .withFallback(PersistenceTestKitSnapshotPlugin.config())
                .withFallback(ConfigFactory.parseResources("millrace-pekko.conf"))
                .withFallback(ConfigFactory.load())
                .resolve();
    }

    void join() {
        join(this);
    }

    /** Joins the cluster of another node. */
    void join(OneNode other) {
        Cluster.get(kit.system())
                .manager()
                .tell(new Join(Cluster.get(other.kit.system()).selfMember().address()));
    }

    @Override
    public void close() {
        kit.shutdownTestKit();
    }
}
