package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Resources of a channel that ends, or leaves its node, as it was asked to. */
class ResourceReturnIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration FAILOVER_MAX = Duration.ofSeconds(90);
    private static final String CHANNEL = "/v1/channels/work";
    private static final String JOB = "{\"handler\":{\"name\":\"sleep\",\"input\":{\"duration\":\"10m\"}},"
            + "\"resources\":[{\"type\":\"buffer\",\"size\":5000},{\"type\":\"files\",\"size\":10}]}";

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void endClients() {
        clients.shutdownNow();
    }

    @Test
    @Proves({"R-49", "C-26"})
    void aDeletedChannelGivesEverythingBack() {
        // given callers and a job that hold all kinds of resources, and a caller who waits for one
        ForkedNode node = nodes.start("node");
        HttpApi api = node.api();
        api.put(CHANNEL, "{\"spec\":{}}").expectSuccess();
        ResourceApi resources = new ResourceApi(api, "work");
        String job = api.submit("work", JOB);
        await().atMost(SOON)
                .until(() -> api.job("work", job).path("state").asText().equals("RUNNING"));
        byte[] secret = new byte[100];
        secret[0] = 1;
        JsonNode buffer = resources.allocate(secret);
        List<String> types = List.of("memory", "threads", "channels", "files", "processes");
        for (String type : types) {
            resources.allocate(type, 1);
        }
        var waits = inBackground(() -> resources.tryToAllocate("files", 200, "5m"));
        await().atMost(SOON).until(() -> resources.held().size() == 2 + 1 + types.size() + 1);
        await().atMost(SOON)
                .until(() -> NodeGauges.resourcesHeld(node) == 2 + 1 + types.size() + 1
                        && NodeGauges.bufferBytesInUse(node) == (64 << 10) + (4 << 10));

        // when
        JsonNode begun = api.delete(CHANNEL).expect(202).path("operation");

        // then
        await().atMost(SOON).until(() -> NodeGauges.resourcesHeld(node) == 0 && NodeGauges.bufferBytesInUse(node) == 0);
        assertThat(waits)
                .succeedsWithin(SOON)
                .satisfies(reply -> assertThat(reply.status()).isGreaterThanOrEqualTo(400));
        // and the operation shows what went back
        String operation = "/v1/operations/" + begun.path("id").asText();
        await().atMost(SOON)
                .until(() ->
                        api.get(operation).expect(200).path("state").asText().equals("SUCCEEDED"));
        JsonNode deletion = api.get(operation).expect(200);
        resources.show(buffer).expect(404);
        assertThat(begun.path("state").asText()).isEqualTo("RUNNING");
        assertThat(deletion.path("result").path("status").asText()).isEqualTo("COMPLETE");
        assertThat(deletion.path("result").path("memoryReclaimed").asBoolean()).isTrue();
        assertThat(deletion.path("result").path("released").path("resources").asInt())
                .isEqualTo(1 + types.size());

        // and the next channel of that name has everything, and nothing of the one before
        await().atMost(SOON).until(() -> api.put(CHANNEL, "{\"spec\":{}}").status() < 300);
        assertThat(resources.held()).isEmpty();
        assertThat(resources.inUse()).isEmpty();
        assertThat(resources.release(buffer)).isFalse();
        assertThat(resources.isBack(buffer)).isTrue();
        assertThat(resources.read(resources.allocate("buffer", 100))).containsOnly(0);
        assertThat(node.stop()).isZero();
    }

    @Test
    @Proves("R-49")
    void aNodeThatIsStoppedGivesEverythingBackAndTheNextOwnerStartsWithAll() {
        // given
        List<ForkedNode> cluster = nodes.startCluster("a", "b");
        ForkedNode stays = cluster.getFirst();
        ForkedNode owner = cluster.getLast();
        HttpApi api = stays.api();
        String channel = Channels.ownedBy(owner, api);
        ResourceApi resources = new ResourceApi(api, channel);
        String job = api.submit(channel, JOB);
        await().atMost(SOON)
                .until(() -> api.job(channel, job).path("state").asText().equals("RUNNING"));
        JsonNode buffer = resources.allocate(new byte[] {1, 2, 3});
        JsonNode memory = resources.allocate("memory", 1_000);
        assertThat(resources.held()).hasSize(4);

        // when
        assertThat(owner.stop()).isZero();

        // then the node took back what nobody had given back
        assertThat(owner.errors()).contains("Took back 2 resources of channel " + channel);

        // and the next owner charges what runs again, and nothing else
        await().atMost(FAILOVER_MAX)
                .ignoreExceptions()
                .until(() -> api.job(channel, job).path("attempt").asInt() == 2
                        && resources.held().size() == 2);
        assertThat(resources.inUse().keySet()).containsExactly("buffer", "files");
        for (JsonNode old : List.of(buffer, memory)) {
            assertThat(resources.release(old)).isFalse();
            assertThat(resources.isBack(old)).isTrue();
        }
        api.post("/v1/channels/" + channel + "/jobs/" + job + ":cancel", "").expectSuccess();
        await().atMost(SOON)
                .until(() -> NodeGauges.resourcesHeld(stays) == 0 && NodeGauges.bufferBytesInUse(stays) == 0);
        assertThat(stays.stop()).isZero();
    }

    private CompletableFuture<HttpApi.Reply> inBackground(Supplier<HttpApi.Reply> call) {
        return CompletableFuture.supplyAsync(call, clients);
    }
}
