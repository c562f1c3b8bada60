package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Locks of a channel whose node is killed. */
class LockFailoverIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration FAILOVER_MAX = Duration.ofSeconds(90);

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    /** The killed node has the higher address, because of two nodes only the one with the lowest may go on alone. */
    @Test
    @Proves({"G-75", "T-32", "T-52"})
    void leasesAndTokensOutliveTheNodeOfTheirChannel() throws IOException {
        // given a lock that somebody holds, and a job that runs under another one
        nodes.with("MILLRACE_STABLE_AFTER", "2s");
        List<ForkedNode> cluster = nodes.startCluster("a", "b");
        HttpApi survivor = cluster.getFirst().api();
        ForkedNode owner = cluster.getLast();
        String channel = Channels.ownedBy(owner, survivor);
        String locks = "/v1/channels/" + channel + "/locks/";
        JsonNode first = survivor.post(locks + "schema:acquire", "{\"owner\":\"deploy\",\"ttl\":\"5s\"}")
                .expect(200);
        Path witness = nodes.path("witness");
        Path gate = nodes.path("gate");
        String job = survivor.submit(channel, jobUnderLock("index", witness, gate));
        await().atMost(SOON).until(() -> Files.exists(witness));

        // when
        owner.kill();
        Files.createFile(gate);

        // then the same owner still holds the lock, and nobody else gets it before its time is up
        JsonNode held = await().atMost(FAILOVER_MAX)
                .ignoreExceptions()
                .pollInterval(Duration.ofMillis(100))
                .until(() -> survivor.get(locks + "schema").expect(200), _ -> true);
        assertThat(held.path("holder").path("owner").asText()).isEqualTo("deploy");
        assertThat(held.path("fencingToken")).isEqualTo(first.path("fencingToken"));
        JsonNode refused = survivor.post(locks + "schema:acquire", "{\"owner\":\"backup\",\"timeout\":\"0s\"}")
                .expect(200);
        assertThat(refused.path("acquired").asBoolean()).isFalse();
        assertThat(refused.path("holder").path("owner").asText()).isEqualTo("deploy");

        // and then the next one gets it, with a higher token
        JsonNode next = survivor.post(locks + "schema:acquire", "{\"owner\":\"backup\",\"timeout\":\"60s\"}")
                .expect(200);
        assertThat(next.path("acquired").asBoolean()).isTrue();
        assertThat(next.path("fencingToken").asLong())
                .isGreaterThan(first.path("fencingToken").asLong());

        // and the channel is isolated
        assertThat(survivor.post("/v1/channels/" + channel + "/threads:verifyIsolation", "")
                        .expect(200)
                        .path("isolated")
                        .asBoolean())
                .isTrue();

        // and the lock of the lost attempt goes back once its process cannot run any more, so that the job runs again
        await().atMost(FAILOVER_MAX)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> survivor.job(channel, job).path("state").asText(), "SUCCEEDED"::equals);
        assertThat(survivor.job(channel, job).path("attempt").asInt()).isEqualTo(2);
        assertThat(survivor.get(locks + "index").expect(200).path("holder").isNull())
                .isTrue();
        assertThat(endsOf("index", survivor, channel)).containsExactly("OWNER_ENDED", "OWNER_ENDED");
        assertThat(cluster.getFirst().stop()).isZero();
    }

    private static String jobUnderLock(String lock, Path witness, Path gate) {
        return "{\"process\":{\"command\":[\"sh\",\"-c\",\"echo $MILLRACE_FENCING_TOKEN >> " + witness + "; until [ -e "
                + gate + " ]; do sleep 0.1; done\"]},\"locks\":[\"" + lock + "\"]}";
    }

    /** Why the leases of a lock ended, in order. */
    private static List<String> endsOf(String lock, HttpApi api, String channel) {
        JsonNode events = api.get("/v1/channels/" + channel + "/events?follow=false&limit=1000")
                .expect(200)
                .path("items");
        return StreamSupport.stream(events.spliterator(), false)
                .filter(event -> event.path("type").asText().equals("lock.released"))
                .map(event -> event.path("data"))
                .filter(data -> data.path("lock").asText().equals(lock))
                .map(data -> data.path("reason").asText())
                .toList();
    }
}
