package io.millrace.channel;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.millrace.channel.fixture.PersistedJournal;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.channel.ChannelSpec;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelSystemTest {
    private final ActorTestKit testKit = ActorTestKit.create(
            "unjoined",
            ConfigFactory.parseString("""
                            pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                            pekko.cluster.jmx.multi-mbeans-in-same-jvm = on
                            pekko.coordinated-shutdown.exit-jvm = off
                            """)
                    .withFallback(PersistenceTestKitPlugin.getInstance().config())
                    .withFallback(PersistenceTestKitSnapshotPlugin.config())
                    .withFallback(ConfigFactory.parseResources("millrace-pekko.conf"))
                    .withFallback(ConfigFactory.load())
                    .resolve());

    @AfterEach
    void stop() {
        testKit.shutdownTestKit();
    }

    @Test
    void aNodeIsRegisteredOnlyOnceTheCoordinatorKnowsIt() throws Exception {
        // given
        PersistedJournal journal = new PersistedJournal(PersistenceTestKit.create(testKit.system()));
        ChannelSystem system =
                ChannelSystem.start(testKit.system(), new TestServices().services(), journal, SucceedingThreads::start);

        // when it is no member of a cluster yet, then
        assertThat(result(system.isRegistered())).isFalse();

        // when it is one and has reached a channel
        Cluster cluster = Cluster.get(testKit.system());
        cluster.manager().tell(new Join(cluster.selfMember().address()));
        result(system.channels().put(new ChannelName("reached"), ChannelSpec.DEFAULT));

        // then
        assertThat(result(system.isRegistered())).isTrue();
    }

    private static <T> T result(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
