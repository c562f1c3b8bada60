package io.millrace.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.channel.ChannelSpec;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelSystemTest {
    private final OneNode node = new OneNode();

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void aNodeIsRegisteredOnlyOnceTheCoordinatorKnowsIt() throws Exception {
        // given
        ChannelSystem system = ChannelSystem.start(
                node.kit.system(), node.services.services(), node.journal, SucceedingThreads::start);

        // when it is no member of a cluster yet, then
        assertThat(result(system.isRegistered())).isFalse();

        // when it is one and has reached a channel
        node.join();
        result(system.channels().put(new ChannelName("reached"), ChannelSpec.DEFAULT));

        // then
        assertThat(result(system.isRegistered())).isTrue();
    }

    private static <T> T result(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
