package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A channel is cleaned up again and again while others work, on its node and on another one. */
class CleanupIsolationIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int CLEANUPS = 3;
    private static final int JOBS_EACH = 10;
    private static final String HOLDER = "{\"process\":{\"command\":[\"sh\",\"-c\",\"echo holding; sleep 600\"]}}";
    private static final String SHORT = "{\"process\":{\"command\":[\"true\"]}}";

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    /** A channel that works while others are cleaned up, with a process, a lock and a buffer. */
    private record Busy(HttpApi api, String channel, String holder, List<String> jobs) {
        static Busy start(HttpApi api, String channel) {
            String holder = api.submit(channel, HOLDER);
            await().atMost(SOON).until(() -> api.log(channel, holder), log -> log.contains("holding"));
            api.post("/v1/channels/" + channel + "/locks/schema:acquire", "{\"owner\":\"deploy\",\"ttl\":\"10m\"}")
                    .expect(200);
            new ResourceApi(api, channel).allocate("buffer", 65_536);
            return new Busy(api, channel, holder, new ArrayList<>());
        }

        void submit() {
            for (int i = 0; i < JOBS_EACH; i++) {
                jobs.add(api.submit(channel, SHORT));
            }
        }

        /** What it keeps, apart from its short jobs. */
        List<Object> kept() {
            JsonNode job = api.job(channel, holder);
            JsonNode lock = api.get("/v1/channels/" + channel + "/locks/schema").expect(200);
            Map<String, Long> inUse = new ResourceApi(api, channel).inUse();
            return List.of(
                    job.path("state").asText(),
                    job.path("attempt").asInt(),
                    api.log(channel, holder),
                    lock.path("holder"),
                    lock.path("token").asLong(),
                    inUse.getOrDefault("buffer", 0L));
        }

        boolean isIsolated() {
            return CleanupIsolationIT.isIsolated(api, channel);
        }
    }

    @Test
    @Proves({"C-06", "C-35", "C-59"})
    void channelsUnderLoadAreUntouchedByTheCleanupOfAnother() {
        // given
        List<ForkedNode> cluster = nodes.startCluster("a", "b");
        HttpApi api = cluster.getFirst().api();
        String cleaned = Channels.ownedBy(cluster.getLast(), api, "cleaned");
        List<Busy> others = List.of(
                Busy.start(api, Channels.ownedBy(cluster.getLast(), api, "beside")),
                Busy.start(api, Channels.ownedBy(cluster.getFirst(), api, "away")));
        Busy.start(api, cleaned);
        List<List<Object>> before = others.stream().map(Busy::kept).toList();

        // when
        for (int i = 0; i < CLEANUPS; i++) {
            others.forEach(Busy::submit);
            JsonNode result = api.post("/v1/channels/" + cleaned + "/cleanups:executeAll", Duration.ofSeconds(30))
                    .expect(200);
            assertThat(result.path("status").asText()).as("%s", result).isEqualTo("COMPLETE");
            assertThat(result.path("memoryReclaimed").asBoolean()).isTrue();
            assertThat(isIsolated(api, cleaned)).isTrue();
            assertThat(others).allMatch(Busy::isIsolated);
        }

        // then
        for (Busy other : others) {
            for (String job : other.jobs()) {
                JsonNode ended = api.ended(other.channel(), job);
                assertThat(ended.path("state").asText()).isEqualTo("SUCCEEDED");
                assertThat(ended.path("attempt").asInt()).isOne();
            }
        }
        assertThat(others.stream().map(Busy::kept).toList()).isEqualTo(before);
    }

    private static boolean isIsolated(HttpApi api, String channel) {
        return api.post("/v1/channels/" + channel + "/cleanups:verifyIsolation", "")
                .expect(200)
                .path("isolated")
                .asBoolean();
    }
}
