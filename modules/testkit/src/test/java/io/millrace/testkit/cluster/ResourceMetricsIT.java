package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Numbers about resources, from a node that serves them. */
class ResourceMetricsIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int ROUND = 8;

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    @Test
    @Proves({"R-10", "R-31"})
    void eachChannelShowsItsOwnTotalsAndTheNodeTheirSum() {
        // given
        ForkedNode node = nodes.start("node");
        HttpApi api = node.api();
        for (String channel : List.of("build", "deploy")) {
            api.put("/v1/channels/" + channel, "{\"spec\":{}}").expectSuccess();
        }
        ResourceApi build = new ResourceApi(api, "build");
        ResourceApi deploy = new ResourceApi(api, "deploy");

        // when
        build.allocate("buffer", 100_000);
        build.allocate("memory", 1_000);
        deploy.allocate("buffer", 4_000);
        deploy.allocate("files", 7);

        // then
        assertThat(build.inUse()).containsOnlyKeys("buffer", "memory").containsEntry("buffer", 1L << 20);
        assertThat(deploy.inUse()).containsOnlyKeys("buffer", "files").containsEntry("files", 7L);
        for (ResourceApi channel : List.of(build, deploy)) {
            assertThat(channel.metrics()).hasSize(6).allSatisfy(ofType -> {
                assertThat(ofType.path("available").asLong()
                                + ofType.path("inUse").asLong())
                        .isEqualTo(ofType.path("limit").asLong())
                        .isPositive();
                assertThat(ofType.path("fragmentation").asDouble()).isZero();
            });
        }
        await().atMost(SOON)
                .until(() -> NodeGauges.resourcesHeld(node) == 4
                        && NodeGauges.bufferBytesInUse(node) == (1 << 20) + (4 << 10));
        assertThat(node.stop()).isZero();
    }

    @Test
    @Proves("R-28")
    void buffersOfASecondRoundAreThoseOfTheFirst() {
        // given
        ForkedNode node = nodes.start("node");
        node.api().put("/v1/channels/build", "{\"spec\":{}}").expectSuccess();
        ResourceApi resources = new ResourceApi(node.api(), "build");

        // when, then
        useBuffers(resources);
        JsonNode first = resources.metrics().getFirst();
        assertThat(first.path("reuse").asDouble()).isZero();
        useBuffers(resources);
        JsonNode second = resources.metrics().getFirst();
        assertThat(second.path("reuse").asDouble()).isCloseTo(0.5, within(0.01));
        assertThat(second.path("granted").asInt()).isEqualTo(2 * ROUND);
        assertThat(second.path("peak").asLong())
                .isEqualTo(first.path("peak").asLong())
                .isEqualTo(ROUND * (64L << 10));
        assertThat(node.stop()).isZero();
    }

    private static void useBuffers(ResourceApi resources) {
        List<JsonNode> buffers = IntStream.range(0, ROUND)
                .mapToObj(_ -> resources.allocate("buffer", 64 << 10))
                .toList();
        assertThat(buffers)
                .allSatisfy(buffer -> assertThat(resources.release(buffer)).isTrue());
        await().atMost(SOON).until(() -> resources.held().isEmpty());
    }
}
