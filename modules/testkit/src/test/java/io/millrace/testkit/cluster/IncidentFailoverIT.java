package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Proves;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Incidents of a cluster whose node with the incident manager is killed. */
class IncidentFailoverIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration FAILOVER_MAX = Duration.ofSeconds(90);
    private static final String INCIDENTS = "/management/incidents";

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    @Test
    @Proves({"G-05", "C-47"})
    void incidentsOutliveTheNodeOfTheirManager() {
        nodes.with("MILLRACE_STABLE_AFTER", "2s");
        List<ForkedNode> cluster = nodes.startCluster("a", "b", "c");
        ForkedNode holder = cluster.stream()
                .filter(IncidentFailoverIT::hasManager)
                .findFirst()
                .orElseThrow();
        List<ForkedNode> others =
                cluster.stream().filter(node -> node != holder).toList();
        HttpApi api = others.getFirst().api();
        String channel = Channels.ownedBy(others.getFirst(), api);

        // given a rollback that failed, which somebody has acknowledged at another node
        register(api, channel, "stuck", "true", ",\"undo\":" + command("false"));
        execute(api, channel, "stuck");
        api.post(task(channel, "stuck") + ":rollback", "").expect(200);
        JsonNode incident = awaitIncident(others.getFirst(), "kind", "ROLLBACK_FAILED");
        String path = INCIDENTS + "/" + incident.path("id").asText();
        assertThat(incident.path("channel").asText()).isEqualTo(channel);
        assertThat(incident.path("priority").asText()).isEqualTo("P1");
        others.getLast()
                .management()
                .post(path + ":acknowledge", "{\"by\":\"anna\",\"note\":\"on my way\"}")
                .expect(200);
        JsonNode before = others.getFirst().management().get(path).expect(200);

        // when the node of the manager is lost, and something else goes wrong before there is another one
        holder.kill();
        register(api, channel, "broken", "false", "");
        assertThat(execute(api, channel, "broken").path("status").asText()).isEqualTo("FAILED");

        // then every node that is left has both
        await().atMost(FAILOVER_MAX).until(() -> others.stream().anyMatch(IncidentFailoverIT::hasManager));
        for (ForkedNode node : others) {
            assertThat(withoutDeadlines(node.management().get(path).expect(200)))
                    .isEqualTo(withoutDeadlines(before));
            assertThat(awaitIncident(node, "subject", "broken").path("kind").asText())
                    .isEqualTo("CLEANUP_FAILED");
        }

        // and people go on with them
        HttpApi management = others.getLast().management();
        assertThat(management
                        .post(path + ":acknowledge", "")
                        .expect(200)
                        .path("acknowledgedBy")
                        .asText())
                .isEqualTo("anna");
        assertThat(management
                        .post(path + ":close", "")
                        .expect(409)
                        .path("detail")
                        .asText())
                .contains("is OPEN");
        management.post(path + ":resolve", "{\"by\":\"anna\"}").expect(200);
        JsonNode closed = management.post(path + ":close", "{\"by\":\"anna\"}").expect(200);
        assertThat(closed.path("timeline").findValuesAsText("change"))
                .containsExactly("OPENED", "ACKNOWLEDGED", "RESOLVED", "CLOSED");
        assertThat(management.delete(path).expect(200).path("removed").asBoolean())
                .isTrue();
        assertThat(others.getFirst()
                        .management()
                        .delete(path)
                        .expect(200)
                        .path("removed")
                        .asBoolean())
                .isFalse();
        others.forEach(node -> assertThat(node.stop()).isZero());
    }

    private static boolean hasManager(ForkedNode node) {
        return node.management().text("/metrics").contains("millrace_incidents{");
    }

    private static JsonNode awaitIncident(ForkedNode node, String field, String value) {
        return await().atMost(SOON)
                .until(() -> incident(node, field, value), Optional::isPresent)
                .orElseThrow();
    }

    private static Optional<JsonNode> incident(ForkedNode node, String field, String value) {
        JsonNode items = node.management().get(INCIDENTS).expectSuccess().path("items");
        return items.valueStream()
                .filter(each -> each.path(field).asText().equals(value))
                .findFirst();
    }

    /** Whether something is overdue depends on when one looks. */
    private static JsonNode withoutDeadlines(JsonNode incident) {
        return ((ObjectNode) incident.deepCopy()).without("deadlines");
    }

    private static void register(HttpApi api, String channel, String name, String script, String more) {
        api.post(
                        "/v1/channels/" + channel + "/cleanups",
                        "{\"name\":\"" + name + "\",\"action\":" + command(script) + more + "}")
                .expect(201);
    }

    private static String command(String program) {
        return "{\"process\":{\"command\":[\"" + program + "\"]}}";
    }

    private static JsonNode execute(HttpApi api, String channel, String name) {
        return api.post(task(channel, name) + ":execute", Duration.ofSeconds(30))
                .expect(200);
    }

    private static String task(String channel, String name) {
        return "/v1/channels/" + channel + "/cleanups/" + name;
    }
}
