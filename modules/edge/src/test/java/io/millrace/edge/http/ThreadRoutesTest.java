package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.edge.InMemoryLocks;
import io.millrace.edge.ServerTest;
import io.millrace.edge.TestClient.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThreadRoutesTest extends ServerTest {
    private static final String THREADS = "/v1/channels/default/threads";
    private static final String NODE = "millrace@127.0.0.1:25520";

    @Test
    void createdThreadIsShownWhereItsLocationSays() {
        var created = client.post(
                THREADS,
                "{\"handler\":\"sum\",\"input\":{\"numbers\":[1,2]},\"priority\":\"system\",\"stackSize\":\"512KB\","
                        + "\"affinity\":[0,1]}");

        var thread = created.json();
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.header("Location"))
                .isEqualTo(THREADS + "/" + thread.path("id").asText());
        assertThat(client.get(created.header("Location")).json()).isEqualTo(thread);
        assertThat(channels.threads().created())
                .containsExactly(new ThreadSpec(
                        "sum", Map.of("numbers", List.of(1L, 2L)), ThreadPriority.SYSTEM, 512L * 1024, List.of(0, 1)));
    }

    @Test
    void threadHasEveryField() {
        var thread = created().json();

        assertThat(thread.path("channel").asText()).isEqualTo("default");
        assertThat(thread.path("incarnation").asLong()).isEqualTo(1);
        assertThat(thread.path("node").asText()).isEqualTo(NODE);
        assertThat(thread.path("name").asText()).isEqualTo("millrace-default-worker-1");
        assertThat(thread.path("state").asText()).isEqualTo("RUNNING");
        assertThat(thread.path("priority").asText()).isEqualTo("processing");
        assertThat(thread.path("kind").asText()).isEqualTo("handler");
        assertThat(thread.path("handler").asText()).isEqualTo("noop");
        assertThat(thread.path("attempt").asInt()).isZero();
        assertThat(thread.path("affinity")).isEmpty();
        assertThat(thread.path("createdAt").asText()).endsWith("Z");
        assertThat(thread.path("startedAt").asText()).endsWith("Z");
        assertThat(thread.path("conditions")).isEmpty();
        assertThat(thread.properties().stream()
                        .filter(field -> field.getValue().isNull())
                        .map(Map.Entry::getKey))
                .containsExactlyInAnyOrder("job", "stackSize", "endedAt", "outcome", "result", "error");
        assertThat(HandleText.parse(thread.path("handle").asText())
                        .orElseThrow()
                        .id())
                .isEqualTo(thread.path("id").asText());
    }

    @Test
    void endedThreadShowsWhatItCameTo() {
        String succeeded = id(created());
        String failed = id(created());
        channels.threads().end(ChannelName.DEFAULT, succeeded, Map.of("sum", 3));
        channels.threads()
                .fail(ChannelName.DEFAULT, failed, Problem.of(ErrorCode.INTERNAL, "Handler", "It threw an exception."));

        var first = client.get(THREADS + "/" + succeeded).json();
        var second = client.get(THREADS + "/" + failed).json();

        assertThat(first.path("state").asText()).isEqualTo("ENDED");
        assertThat(first.path("outcome").asText()).isEqualTo("SUCCEEDED");
        assertThat(first.path("result").path("sum").asInt()).isEqualTo(3);
        assertThat(second.path("outcome").asText()).isEqualTo("FAILED");
        assertThat(second.path("error").path("code").asText()).isEqualTo("INTERNAL");
    }

    @Test
    void sameKeyAndBodyGiveTheSameThread() {
        var first = client.post(THREADS, "{\"handler\":\"noop\"}", "Idempotency-Key", "k");
        var second = client.post(THREADS, "{\"handler\":\"noop\"}", "Idempotency-Key", "k");
        var other = client.post(THREADS, "{\"handler\":\"echo\"}", "Idempotency-Key", "k");

        assertThat(id(second)).isEqualTo(id(first));
        assertThat(first.header("Idempotency-Replayed")).isEmpty();
        assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(second.status()).isEqualTo(201);
        assertThat(other.status()).isEqualTo(422);
    }

    @Test
    void threadsAreListedNewestFirstInPages() {
        String oldest = id(created());
        String middle = id(created());
        String newest = id(created());

        var first = client.get(THREADS + "?pageSize=2").json();
        var second = client.get(THREADS + "?pageSize=2&pageToken="
                        + first.path("nextPageToken").asText())
                .json();

        assertThat(first.path("items").findValuesAsText("id")).containsExactly(newest, middle);
        assertThat(second.path("items").findValuesAsText("id")).containsExactly(oldest);
        assertThat(second.path("nextPageToken").isNull()).isTrue();
    }

    @Test
    void wholeHandleNamesTheThreadInThePath() {
        var thread = created().json();

        var shown = client.get(THREADS + "/" + thread.path("handle").asText());

        assertThat(shown.status()).isEqualTo(200);
        assertThat(shown.json()).isEqualTo(thread);
    }

    @Test
    void forgedHandleInThePathIsRefusedAndChangesNothing() {
        Handle genuine = handle(created());
        String forged = HandleText.format(new Handle(
                genuine.type(), genuine.id(), genuine.channel(), genuine.incarnation(), genuine.node(), "forged"));

        var reply = client.send("DELETE", THREADS + "/" + forged, "");

        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.json().path("context").path("boundary").asText()).isEqualTo("AUTHENTICITY");
        assertThat(channels.threads().graces()).isEmpty();
    }

    @Test
    void terminationSaysThatTheThreadIsGone() {
        String id = id(created());

        var reply = client.send("DELETE", THREADS + "/" + id + "?grace=250ms", "");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("terminated").asBoolean()).isTrue();
        assertThat(reply.json().path("forced").isBoolean()).isTrue();
        assertThat(reply.json().path("detail").asText()).isNotBlank();
        assertThat(channels.threads().graces()).containsExactly(Duration.ofMillis(250));
        assertThat(client.get(THREADS + "/" + id).json().path("outcome").asText())
                .isEqualTo("CANCELLED");
    }

    @Test
    void threadThatWouldNotEndIsNotSaidToBeGone() {
        String id = id(created());
        channels.threads().refuseToEnd();

        var reply = client.send("DELETE", THREADS + "/" + id, "");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("terminated").asBoolean()).isFalse();
        assertThat(reply.json().path("forced").asBoolean()).isTrue();
        assertThat(channels.threads().graces()).containsExactly(Duration.ofSeconds(5));
        assertThat(client.get(THREADS + "/" + id).json().path("state").asText()).isEqualTo("QUARANTINED");
    }

    @Test
    void metricsAreDurationsAsTextAndCounts() {
        var metrics = client.get(THREADS + "/" + id(created()) + "/metrics").json();

        assertThat(metrics.path("cpuTime").asText()).isEqualTo("1250us");
        assertThat(metrics.path("allocatedBytes").asLong()).isEqualTo(4_096);
        assertThat(metrics.path("blockedTime").asText()).isEqualTo("0s");
        assertThat(metrics.path("waitedTime").asText()).isEqualTo("30ms");
        assertThat(metrics.path("queueWait").asText()).isEqualTo("80us");
        assertThat(metrics.path("runTime").asText()).isEqualTo("2s");
        assertThat(metrics.path("runs").asLong()).isEqualTo(1);
        assertThat(metrics.path("failures").asLong()).isZero();
        assertThat(metrics.path("lastHeartbeat").asText()).endsWith("Z");
        assertThat(metrics.path("leasesHeld").asInt()).isEqualTo(2);
        assertThat(metrics.path("resourcesHeld").asInt()).isEqualTo(1);
    }

    @Test
    void numbersOfAChannelAreGivenByName() {
        created();

        var reply = client.get(THREADS + ":metrics");

        assertThat(reply.body()).isEqualTo("{\"live\":1,\"queueWaitMeanMillis\":0.25}");
    }

    @Test
    void threadAndItsHandlePassValidation() {
        var thread = created().json();
        String id = thread.path("id").asText();
        String handle = thread.path("handle").asText();

        for (Reply reply : List.of(
                client.post(THREADS + "/" + id + ":validate", ""),
                client.post(THREADS + "/" + handle + ":validate", ""),
                client.post(THREADS + "/" + id + ":validate", presented(handle)))) {
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.json().path("subject").asText()).isEqualTo(id);
            assertThat(reply.json().path("passed").asBoolean()).isTrue();
            assertThat(reply.json().path("checkedAt").asText()).endsWith("Z");
            assertThat(reply.json().path("violations")).isEmpty();
        }
    }

    @Test
    void eachBoundaryThatAHandleBreaksIsReportedAndNotRefused() {
        Handle genuine = handle(created());
        String id = genuine.id();
        ChannelName channel = genuine.channel();

        assertBroken(id, sealed(HandleType.THREAD, id, new ChannelName("other"), 1, NODE), "OWNERSHIP");
        assertBroken(id, sealed(HandleType.THREAD, id, channel, 2, NODE), "INCARNATION");
        assertBroken(id, sealed(HandleType.THREAD, id, channel, 1, "millrace@127.0.0.1:25521"), "NODE");
        assertBroken(id, sealed(HandleType.LEASE, id, channel, 1, NODE), "MESSAGE_TYPE");
        assertBroken(
                id, HandleText.format(new Handle(HandleType.THREAD, id, channel, 1, NODE, "forged")), "AUTHENTICITY");
    }

    @Test
    void textThatIsNoHandleIsReportedAsNotAuthentic() {
        String id = id(created());

        assertBroken(id, "not a handle", "AUTHENTICITY");
        assertBroken(id, "mh1.AAAA.AAAA", "AUTHENTICITY");
        assertBroken(id, "", "AUTHENTICITY");
        var inPath = client.post(THREADS + "/mh1.AAAA.AAAA:validate", "");
        assertThat(inPath.status()).isEqualTo(200);
        assertThat(inPath.json().path("violations").findValuesAsText("boundary"))
                .containsExactly("AUTHENTICITY");
    }

    @Test
    void handleOfAnotherThreadIsNotTakenForThisOnes() {
        String id = id(created());
        String other = HandleText.format(handle(created()));

        var reply = client.post(THREADS + "/" + id + ":validate", presented(other));

        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().path("violations").findValuesAsText("field")).containsExactly("handle");
    }

    @Test
    void isolationNamesWhatDoesNotBelongToTheChannel() {
        created();
        var clean = client.post(THREADS + ":verifyIsolation", "").json();
        channels.threads().plant(new IsolationReport.Breach("intruder", "thread", "It was interrupted."));

        var breached = client.post(THREADS + ":verifyIsolation", "").json();

        assertThat(clean.path("isolated").asBoolean()).isTrue();
        assertThat(clean.path("channel").asText()).isEqualTo("default");
        assertThat(clean.path("itemsChecked").asInt()).isEqualTo(1);
        assertThat(clean.path("checkedAt").asText()).endsWith("Z");
        assertThat(breached.path("isolated").asBoolean()).isFalse();
        assertThat(breached.path("violations").path(0).path("subject").asText()).isEqualTo("intruder");
        assertThat(breached.path("violations").path(0).path("kind").asText()).isEqualTo("thread");
        assertThat(breached.path("violations").path(0).path("detail").asText()).isEqualTo("It was interrupted.");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /unknown",
        "DELETE, /unknown",
        "GET, /unknown/metrics",
        "POST, /unknown:validate",
        "GET, /01HZZZZZZZZZZZZZZZZZZZZZZZ",
    })
    void unknownThreadIsNotFound(String method, String path) {
        assertThat(client.send(method, THREADS + path, "").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /threads",
        "GET, /threads",
        "GET, /threads:metrics",
        "POST, /threads:verifyIsolation",
        "POST, /threads/mh1.AAAA.AAAA:validate",
        "GET, /threads/x",
    })
    void unknownChannelIsNotFound(String method, String path) {
        String body = method.equals("POST") && path.equals("/threads") ? "{\"handler\":\"noop\"}" : "";

        assertThat(client.send(method, "/v1/channels/nowhere" + path, body).status())
                .isEqualTo(404);
    }

    private void assertBroken(String thread, String handle, String boundary) {
        var reply = client.post(THREADS + "/" + thread + ":validate", presented(handle));

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.json().path("passed").asBoolean()).isFalse();
        JsonNode violation = reply.json().path("violations").path(0);
        assertThat(violation.path("boundary").asText()).isEqualTo(boundary);
        assertThat(violation.path("severity").asText()).isEqualTo("CRITICAL");
        assertThat(violation.path("detail").asText()).isNotBlank();
    }

    private Reply created() {
        return client.post(THREADS, "{\"handler\":\"noop\"}");
    }

    private static String id(Reply created) {
        return created.json().path("id").asText();
    }

    private static Handle handle(Reply created) {
        return HandleText.parse(created.json().path("handle").asText()).orElseThrow();
    }

    private static String sealed(HandleType type, String id, ChannelName channel, long incarnation, String node) {
        return HandleText.format(InMemoryLocks.SEALS.seal(type, id, channel, incarnation, node));
    }

    private static String presented(String handle) {
        return "{\"handle\":\"" + handle + "\"}";
    }
}
