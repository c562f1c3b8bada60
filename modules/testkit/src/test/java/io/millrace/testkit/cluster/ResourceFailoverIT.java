package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Resources of a channel whose node is killed. */
class ResourceFailoverIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** From the death of a node until its channels have all their resources again, elsewhere. */
    private static final Duration BACK_MAX = Duration.ofSeconds(90);

    /** What it may take to allocate everything a channel may hold. */
    private static final Duration ROUND_MAX = Duration.ofSeconds(20);

    private static final int SMALL = 4 << 10;
    private static final int MEDIUM = 64 << 10;
    private static final int LARGE = 1 << 20;
    private static final long MEGABYTE = 1_000_000;
    private static final String LIMITS = "{\"spec\":{\"resources\":{\"buffer\":{\"small\":6,\"medium\":4,\"large\":2},"
            + "\"memory\":\"512MB\",\"files\":200,\"processes\":3}}}";

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    private final Random random = new Random(1);

    /** The killed node has the higher address, because of two nodes only the one with the lowest may go on alone. */
    @Test
    @Proves({"R-48", "R-57", "D-16"})
    void whatALostNodeHeldIsFreeAgainAndWhatOthersHoldIsUntouched() throws IOException {
        // given a channel of either node, and callers at the other one who hold all kinds of resources
        nodes.with("MILLRACE_STABLE_AFTER", "2s");
        List<ForkedNode> cluster = nodes.startCluster("a", "b");
        ForkedNode surviving = cluster.getFirst();
        ForkedNode owner = cluster.getLast();
        HttpApi api = surviving.api();
        String channel = Channels.ownedBy(owner, api);
        api.put("/v1/channels/" + channel, LIMITS).expectSuccess();
        ResourceApi lost = new ResourceApi(api, channel);
        String otherChannel = Channels.ownedBy(surviving, api);
        byte[] keptContent = bytes(MEDIUM);
        JsonNode kept = new ResourceApi(owner.api(), otherChannel).allocate(keptContent);
        ResourceApi other = new ResourceApi(api, otherChannel);
        byte[] content = bytes(LARGE);
        JsonNode large = lost.allocate(content);
        List<JsonNode> old = List.of(
                large,
                lost.allocate(bytes(SMALL)),
                lost.allocate("memory", 100 * MEGABYTE),
                lost.allocate("files", 50),
                lost.allocate("threads", 2));
        assertThat(lost.read(large)).isEqualTo(content);
        assertThat(other.read(kept)).isEqualTo(keptContent);

        // and jobs of both kinds that declare some
        Path gate = nodes.path("gate");
        String process = api.submit(channel, processJob(gate));
        String handler = api.submit(channel, handlerJob());
        await().atMost(SOON).until(() -> isRunning(api, channel, process, 1) && isRunning(api, channel, handler, 1));

        // when
        owner.kill();

        // then the jobs run again, and only what they declared is charged, and what the output of a process is read
        // into
        await().atMost(BACK_MAX)
                .ignoreExceptions()
                .pollInterval(Duration.ofMillis(200))
                .until(() -> isRunning(api, channel, process, 2) && isRunning(api, channel, handler, 2));
        assertThat(other.read(kept)).isEqualTo(keptContent);
        assertThat(lost.inUse())
                .isEqualTo(
                        Map.of("buffer", 2L * MEDIUM + SMALL, "memory", 96 * MEGABYTE, "files", 64L, "processes", 1L));

        // and what the old handles name is gone
        for (JsonNode resource : old) {
            assertThat(lost.release(resource)).isFalse();
            assertThat(lost.isBack(resource)).isTrue();
            lost.show(resource).expect(404);
        }
        lost.write(large, bytes(10)).expect(404);

        // and everything else can be allocated again
        long began = System.nanoTime();
        List<JsonNode> round = allocateAll(lost);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(ROUND_MAX);
        assertThat(lost.available()).isEmpty();
        JsonNode refused = lost.tryToAllocate("files", 1, "0s").expect(429);
        assertThat(refused.path("code").asText()).isEqualTo("RESOURCE_LIMIT");
        assertThat(lost.isIsolated()).isTrue();
        assertThat(round)
                .allSatisfy(resource -> assertThat(lost.release(resource)).isTrue());

        // and the jobs end and give back what they had, and the other channel never lost a byte
        Files.createFile(gate);
        assertThat(api.ended(channel, process).path("state").asText()).isEqualTo("SUCCEEDED");
        assertThat(api.ended(channel, handler).path("state").asText()).isEqualTo("SUCCEEDED");
        await().atMost(SOON).until(() -> lost.held().isEmpty());
        assertThat(lost.inUse()).isEmpty();
        assertThat(other.read(kept)).isEqualTo(keptContent);
        assertThat(other.isIsolated()).isTrue();
        assertThat(other.held()).hasSize(1);
        await().atMost(SOON)
                .until(() ->
                        NodeGauges.resourcesHeld(surviving) == 1 && NodeGauges.bufferBytesInUse(surviving) == MEDIUM);
        assertThat(surviving.stop()).isZero();
    }

    private static boolean isRunning(HttpApi api, String channel, String id, int attempt) {
        JsonNode job = api.job(channel, id);
        return job.path("state").asText().equals("RUNNING")
                && job.path("attempt").asInt() == attempt;
    }

    private static List<JsonNode> allocateAll(ResourceApi resources) {
        Map<String, Long> available = resources.available();
        assertThat(available).containsKeys("buffer", "memory", "threads", "channels", "files", "processes");
        List<JsonNode> all = new ArrayList<>();
        available.forEach((type, amount) -> {
            if (!type.equals("buffer")) {
                all.add(resources.allocate(type, amount));
            }
        });
        for (int size : List.of(SMALL, MEDIUM, LARGE)) {
            for (HttpApi.Reply reply = resources.tryToAllocate("buffer", size, "0s");
                    reply.status() == 201;
                    reply = resources.tryToAllocate("buffer", size, "0s")) {
                all.add(reply.body());
            }
        }
        return all;
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Runs until it is let go. */
    private static String processJob(Path gate) {
        return "{\"process\":{\"command\":[\"sh\",\"-c\",\"until [ -e " + gate + " ]; do sleep 0.1; done\"]},"
                + declares("memory", 64 * MEGABYTE, "files", 50, "buffer", MEDIUM) + "}";
    }

    /** Runs long enough to be looked at. */
    private static String handlerJob() {
        return "{\"handler\":{\"name\":\"sleep\",\"input\":{\"duration\":\"15s\"}},"
                + declares("memory", 32 * MEGABYTE, "files", 14, "buffer", SMALL) + "}";
    }

    private static String declares(Object... typesAndSizes) {
        List<String> resources = new ArrayList<>();
        for (int i = 0; i < typesAndSizes.length; i += 2) {
            resources.add("{\"type\":\"" + typesAndSizes[i] + "\",\"size\":" + typesAndSizes[i + 1] + "}");
        }
        return "\"resources\":[" + String.join(",", resources) + "]";
    }
}
