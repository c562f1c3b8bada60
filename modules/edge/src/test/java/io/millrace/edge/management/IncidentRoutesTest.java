package io.millrace.edge.management;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.domain.incident.IncidentBook;
import io.millrace.domain.incident.IncidentDecision;
import io.millrace.domain.incident.IncidentRules;
import io.millrace.domain.incident.IncidentViews;
import io.millrace.edge.InMemoryIncidents;
import io.millrace.edge.TestClient;
import io.millrace.edge.http.HttpMetrics;
import io.millrace.edge.http.HttpServer;
import io.millrace.edge.http.HttpSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people do about incidents over HTTP. */
class IncidentRoutesTest {
    private static final String INCIDENTS = "/management/incidents";
    private static ActorTestKit testKit;
    private static HttpServer server;
    private static TestClient client;
    private static final InMemoryIncidents INCIDENTS_OF_NODE = new InMemoryIncidents();

    private String id = "";

    @BeforeAll
    static void startServer() {
        testKit = ActorTestKit.create(ConfigFactory.parseString("""
            pekko.actor.provider = cluster
            pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
            pekko.cluster.jmx.enabled = off
            """));
        server = ManagementServer.start(
                        testKit.system(),
                        HttpSettings.at("127.0.0.1", 0),
                        new ManagementServerTest.Report(),
                        ManagementServerTest.CHANNELS,
                        new ManagementServerTest.Items(),
                        INCIDENTS_OF_NODE,
                        new Instruments(),
                        new HttpMetrics())
                .toCompletableFuture()
                .join();
        client = new TestClient(server);
    }

    @AfterAll
    static void stopServer() {
        server.stop(Duration.ofSeconds(1)).toCompletableFuture().join();
        testKit.shutdownTestKit();
    }

    @BeforeEach
    void anIncident() {
        client.get(INCIDENTS + "?pageSize=1000")
                .json()
                .path("items")
                .findValuesAsText("id")
                .forEach(each -> client.send("DELETE", INCIDENTS + "/" + each, ""));
        id = reported("build", "web", IncidentSeverity.CRITICAL);
    }

    private static String reported(String channel, String subject, IncidentSeverity severity) {
        return INCIDENTS_OF_NODE
                .add(report(channel, subject, severity))
                .toCompletableFuture()
                .join()
                .toString();
    }

    private static IncidentReport report(String channel, String subject, IncidentSeverity severity) {
        return new IncidentReport(
                new ChannelName(channel),
                IncidentKind.ROLLBACK_FAILED,
                subject,
                severity,
                "A cleanup could not be rolled back",
                "the undo of step 'web' has failed",
                "Look at it, then execute it again.",
                "millrace@127.0.0.1:25520",
                channel + "/" + subject,
                Instant.ofEpochMilli(InMemoryIncidents.NOON_MILLIS));
    }

    @Test
    @Proves("G-45")
    void anIncidentSaysWhatHappenedWhatToDoAndUntilWhen() {
        var incident = client.get(INCIDENTS + "/" + id).json();

        assertThat(UUID.fromString(incident.path("id").asText())).hasToString(id);
        assertThat(incident.path("channel").asText()).isEqualTo("build");
        assertThat(incident.path("kind").asText()).isEqualTo("ROLLBACK_FAILED");
        assertThat(incident.path("priority").asText()).isEqualTo("P1");
        assertThat(incident.path("state").asText()).isEqualTo("OPEN");
        assertThat(incident.path("detail").asText()).contains("undo of step");
        assertThat(incident.path("advice").asText()).contains("execute it again");
        assertThat(incident.path("occurrences").asInt()).isOne();
        assertThat(incident.path("acknowledgedBy").isNull()).isTrue();
        assertThat(incident.path("mergedInto").isNull()).isTrue();
        assertThat(incident.path("deadlines").get(0).toString())
                .isEqualTo("{\"step\":\"ACKNOWLEDGE\",\"dueAt\":\"2026-01-31T12:15:00.000Z\",\"overdue\":false}");
        assertThat(incident.path("timeline").get(0).path("change").asText()).isEqualTo("OPENED");
    }

    @Test
    void anIncidentGoesThroughItsLife() {
        String path = INCIDENTS + "/" + id;

        var acknowledged = client.post(path + ":acknowledge", "{\"by\":\"anna\",\"note\":\"on my way\"}");
        assertThat(acknowledged.status()).isEqualTo(200);
        assertThat(acknowledged.json().path("acknowledgedBy").asText()).isEqualTo("anna");
        assertThat(client.post(path + ":investigate", "").json().path("state").asText())
                .isEqualTo("INVESTIGATING");
        assertThat(client.post(path + ":resolve", "{}").json().path("state").asText())
                .isEqualTo("RESOLVED");
        assertThat(client.post(path + ":close", "").json().path("state").asText())
                .isEqualTo("CLOSED");
        var reopened =
                client.post(path + ":reopen", "{\"note\":\"it is back\"}").json();

        assertThat(reopened.path("state").asText()).isEqualTo("OPEN");
        assertThat(reopened.path("timeline").findValuesAsText("change"))
                .containsExactly("OPENED", "ACKNOWLEDGED", "INVESTIGATING", "RESOLVED", "CLOSED", "REOPENED");
        assertThat(reopened.path("timeline").findValuesAsText("by"))
                .containsExactly(
                        "millrace@127.0.0.1:25520", "anna", "anonymous", "anonymous", "anonymous", "anonymous");
    }

    @Test
    @Proves("G-100")
    void whatTheStateDoesNotAllowIsAProblemThatSaysWhatItDoes() {
        var reply = client.post(INCIDENTS + "/" + id + ":close", "");

        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(reply.json().path("code").asText()).isEqualTo("INVALID_STATE");
        assertThat(reply.json().path("detail").asText())
                .contains(
                        "is OPEN", "close is possible only while it is RESOLVED", "acknowledge, investigate, resolve");
        assertThat(reply.json().path("context").path("state").asText()).isEqualTo("OPEN");
    }

    @Test
    void oneIncidentIsMergedIntoAnother() {
        String parent = reported("build", "db", IncidentSeverity.LOW);

        var merged = client.post(INCIDENTS + "/" + id + ":merge", "{\"into\":\"" + parent + "\",\"by\":\"anna\"}");

        assertThat(merged.json().path("mergedInto").asText()).isEqualTo(parent);
        assertThat(merged.json().path("state").asText()).isEqualTo("CLOSED");
        var shown = client.get(INCIDENTS + "/" + parent).json();
        assertThat(shown.path("children").path(0).asText()).isEqualTo(id);
        assertThat(shown.path("priority").asText()).isEqualTo("P1");
        assertThat(client.post(INCIDENTS + "/" + id + ":merge", "{\"into\":\"" + parent + "\"}")
                        .status())
                .isEqualTo(409);
    }

    @Test
    @Proves("G-44")
    void removingSaysTrueOnce() {
        assertThat(client.send("DELETE", INCIDENTS + "/" + id, "").body()).isEqualTo("{\"removed\":true}");
        assertThat(client.send("DELETE", INCIDENTS + "/" + id, "").body()).isEqualTo("{\"removed\":false}");
        assertThat(client.get(INCIDENTS + "/" + id).status()).isEqualTo(404);
    }

    @Test
    void theListIsFilteredAndPaged() {
        reported("deploy", "a", IncidentSeverity.LOW);
        reported("deploy", "b", IncidentSeverity.LOW);

        var first = client.get(INCIDENTS + "?pageSize=2").json();
        var second = client.get(INCIDENTS + "?pageSize=2&pageToken="
                        + first.path("nextPageToken").asText())
                .json();

        assertThat(first.path("items")).hasSize(2);
        assertThat(first.path("items").get(0).has("timeline")).isFalse();
        assertThat(second.path("items")).hasSize(1);
        assertThat(second.path("nextPageToken").isNull()).isTrue();
        assertThat(client.get(INCIDENTS + "?channel=deploy").json().path("items"))
                .hasSize(2);
        assertThat(client.get(INCIDENTS + "?priority=P1").json().path("items")).hasSize(1);
        assertThat(client.get(INCIDENTS + "?state=resolved").json().path("items"))
                .isEmpty();
    }

    @Test
    void wrongRequestsAreProblems() {
        String path = INCIDENTS + "/" + id;

        assertThat(client.get(INCIDENTS + "/" + UUID.randomUUID()).status()).isEqualTo(404);
        assertThat(client.get(INCIDENTS + "/not-an-id").status()).isEqualTo(404);
        assertThat(client.get(INCIDENTS + "?state=BROKEN").status()).isEqualTo(422);
        assertThat(client.get(INCIDENTS + "?status=OPEN").status()).isEqualTo(400);
        assertThat(client.post(path + ":merge", "{}").status()).isEqualTo(422);
        assertThat(client.post(path + ":merge", "{\"into\":\"x\"}").status()).isEqualTo(422);
        assertThat(client.post(path + ":acknowledge", "{\"who\":\"anna\"}").status())
                .isEqualTo(400);
        assertThat(client.post(path + ":acknowledge", "{\"by\":\"\"}").status()).isEqualTo(422);
        assertThat(client.post(path + ":acknowledge", "{\"note\":\"" + "x".repeat(1_001) + "\"}")
                        .status())
                .isEqualTo(422);
        assertThat(client.post(path + ":escalate", "").status()).isEqualTo(404);
        assertThat(client.post(INCIDENTS, "").status()).isEqualTo(405);
    }

    @Test
    void metricsCountIncidentsByStateAndPriority() {
        var instruments = new Instruments();
        var opened = (IncidentDecision.Accepted) IncidentRules.report(
                IncidentBook.EMPTY, report("build", "web", IncidentSeverity.CRITICAL), new UUID(1, 1));

        instruments.incidents(IncidentViews.counts(IncidentBook.EMPTY.evolve(opened.events())));

        String text = new String(
                new MetricsText(new ManagementServerTest.Report(), instruments, new HttpMetrics()).bytes(),
                StandardCharsets.UTF_8);
        assertThat(text)
                .contains("millrace_incidents{priority=\"P1\",state=\"open\"} 1")
                .contains("millrace_incidents{priority=\"P2\",state=\"closed\"} 0");
    }
}
