package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.edge.InMemoryLocks;
import io.millrace.edge.InMemoryResources;
import io.millrace.edge.ServerTest;
import io.millrace.edge.TestClient.Reply;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResourceRoutesTest extends ServerTest {
    private static final String RESOURCES = "/v1/channels/default/resources";
    private static final String NODE = "millrace@127.0.0.1:25520";

    @Test
    void grantedResourceIsShownWhereItsLocationSays() {
        var granted = client.post(
                RESOURCES,
                "{\"type\":\"buffer\",\"size\":\"5KB\",\"timeout\":\"1s\",\"ttl\":\"10m\",\"owner\":\"alice\"}");

        var resource = granted.json();
        assertThat(granted.status()).as(granted.body()).isEqualTo(201);
        assertThat(granted.header("Location"))
                .isEqualTo(RESOURCES + "/" + resource.path("id").asText());
        assertThat(client.get(granted.header("Location")).json()).isEqualTo(resource);
        assertThat(channels.resources().requests())
                .containsExactly(new AllocationRequest(
                        ResourceType.BUFFER, 5 * 1024, Duration.ofSeconds(1), Duration.ofMinutes(10)));
    }

    @Test
    void resourceHasEveryField() {
        var resource = client.post(RESOURCES, "{\"type\":\"buffer\",\"size\":5000,\"ttl\":600,\"owner\":\"alice\"}")
                .json();

        assertThat(resource.path("type").asText()).isEqualTo("buffer");
        assertThat(resource.path("amount").asLong()).isEqualTo(65_536);
        assertThat(resource.path("requested").asLong()).isEqualTo(5_000);
        assertThat(resource.path("tier").asText()).isEqualTo("medium");
        assertThat(resource.path("channel").asText()).isEqualTo("default");
        assertThat(resource.path("incarnation").asLong()).isEqualTo(1);
        assertThat(resource.path("node").asText()).isEqualTo(NODE);
        assertThat(resource.path("state").asText()).isEqualTo("GRANTED");
        assertThat(resource.path("owner").asText()).isEqualTo("alice");
        Instant acquired = Instant.parse(resource.path("acquired").asText());
        assertThat(Instant.parse(resource.path("expiresAt").asText()))
                .isBetween(acquired.plusSeconds(590), acquired.plusSeconds(600));
        assertThat(resource.path("history").findValuesAsText("state")).containsExactly("REQUESTED", "GRANTED");
        assertThat(resource.path("history").findValuesAsText("at")).allMatch(at -> at.endsWith("Z"));
        assertThat(resource.properties().stream()
                        .filter(field -> field.getValue().isNull())
                        .map(Map.Entry::getKey))
                .containsExactlyInAnyOrder("job", "released", "reason");
        assertThat(HandleText.parse(resource.path("handle").asText())
                        .orElseThrow()
                        .id())
                .isEqualTo(resource.path("id").asText());
    }

    @Test
    void whatIsNoBufferHasNoTierAndWhatHasNoTimeToLiveNoEnd() {
        var memory = client.post(RESOURCES, "{\"type\":\"memory\",\"size\":5}").json();

        assertThat(memory.path("amount").asLong()).isEqualTo(5);
        assertThat(memory.path("tier").isNull()).isTrue();
        assertThat(memory.path("expiresAt").isNull()).isTrue();
        assertThat(memory.path("owner").asText()).startsWith("request-");
    }

    @Test
    void sameKeyAndBodyGiveTheSameResource() {
        String wish = "{\"type\":\"files\",\"size\":1}";
        var first = client.post(RESOURCES, wish, "Idempotency-Key", "k");
        var second = client.post(RESOURCES, wish, "Idempotency-Key", "k");
        var other = client.post(RESOURCES, "{\"type\":\"files\",\"size\":2}", "Idempotency-Key", "k");

        assertThat(second.json()).isEqualTo(first.json());
        assertThat(first.header("Idempotency-Replayed")).isEmpty();
        assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(second.status()).isEqualTo(201);
        assertThat(other.status()).isEqualTo(422);
        assertThat(channels.resources().requests()).hasSize(1);
    }

    @Test
    void whatIsTooMuchIsRefusedAtOnceWithLimitAndUse() {
        fillLargeBuffers();

        var reply = client.post(RESOURCES, "{\"type\":\"buffer\",\"size\":\"1MB\",\"timeout\":0}");

        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.header("Retry-After")).isNotEmpty();
        var problem = reply.json();
        assertThat(problem.path("code").asText()).isEqualTo("RESOURCE_LIMIT");
        assertThat(problem.path("component").asText()).isEqualTo("ResourceManager");
        assertThat(problem.path("context").path("type").asText()).isEqualTo("buffer");
        assertThat(problem.path("context").path("requested").asLong()).isEqualTo(1 << 20);
        assertThat(problem.path("context").path("inUse").asLong()).isEqualTo(2 << 20);
    }

    @Test
    void bufferThatIsLargerThanAnyReachesTheChannelWhichKnowsItsLimits() {
        var reply = client.post(RESOURCES, "{\"type\":\"buffer\",\"size\":1048577}");

        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.json().path("code").asText()).isEqualTo("RESOURCE_LIMIT");
        assertThat(channels.resources().requests()).hasSize(1);
    }

    @Test
    void wishThatWaitsIsAnsweredWhenThereIsEnough() {
        String held = fillLargeBuffers();
        var waiting = CompletableFuture.supplyAsync(
                () -> client.post(RESOURCES, "{\"type\":\"buffer\",\"size\":\"1MB\",\"timeout\":\"30s\"}"));
        String waiter = awaitWaiter();

        client.send("DELETE", RESOURCES + "/" + held, "");

        var granted = waiting.join();
        assertThat(granted.status()).isEqualTo(201);
        assertThat(id(granted)).isEqualTo(waiter);
    }

    @Test
    void wishThatWaitsInVainIsAnsweredWithTimeout() {
        fillLargeBuffers();
        var waiting = CompletableFuture.supplyAsync(
                () -> client.post(RESOURCES, "{\"type\":\"buffer\",\"size\":\"1MB\",\"timeout\":30}"));
        awaitWaiter();

        channels.resources().endWaits(ChannelName.DEFAULT);

        var reply = waiting.join();
        assertThat(reply.status()).isEqualTo(504);
        assertThat(reply.json().path("code").asText()).isEqualTo("TIMEOUT");
        assertThat(reply.json().path("timeout").asBoolean()).isTrue();
    }

    @Test
    void wishThatWaitsIsGivenUpAndWasNeverHeld() {
        fillLargeBuffers();
        var waiting = CompletableFuture.supplyAsync(
                () -> client.post(RESOURCES, "{\"type\":\"buffer\",\"size\":\"1MB\",\"timeout\":\"30s\"}"));

        var givenUp = client.send("DELETE", RESOURCES + "/" + awaitWaiter(), "");

        assertThat(givenUp.body()).isEqualTo("{\"released\":false}");
        assertThat(waiting.join().status()).isEqualTo(409);
        assertThat(waiting.join().json().path("code").asText()).isEqualTo("INVALID_STATE");
    }

    @Test
    void resourceIsGivenBackOnceAndShowsWhy() {
        String id = id(granted("memory", 5));

        var first = client.send("DELETE", RESOURCES + "/" + id, "");
        var second = client.send("DELETE", RESOURCES + "/" + id, "");

        assertThat(first.status()).isEqualTo(200);
        assertThat(first.body()).isEqualTo("{\"released\":true}");
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.body()).isEqualTo("{\"released\":false}");
        var resource = client.get(RESOURCES + "/" + id).json();
        assertThat(resource.path("state").asText()).isEqualTo("RELEASED");
        assertThat(resource.path("released").asText()).endsWith("Z");
        assertThat(resource.path("reason").asText()).isEqualTo("RELEASED");
        assertThat(resource.path("history").findValuesAsText("state"))
                .containsExactly("REQUESTED", "GRANTED", "RELEASED");
    }

    @Test
    void givingBackWhatTheChannelDoesNotHoldChangesNothing() {
        client.put("/v1/channels/other", "{}");
        String foreign = id(client.post("/v1/channels/other/resources", "{\"type\":\"memory\",\"size\":5}"));

        for (String id : List.of("unknown", "01HZZZZZZZZZZZZZZZZZZZZZZZ", foreign)) {
            var reply = client.send("DELETE", RESOURCES + "/" + id, "");

            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.json().path("released").asBoolean()).isFalse();
        }
        assertThat(client.get("/v1/channels/other/resources/" + foreign)
                        .json()
                        .path("state")
                        .asText())
                .isEqualTo("GRANTED");
    }

    @Test
    void resourcesAreListedNewestFirstInPages() {
        String oldest = id(granted("memory", 1));
        String middle = id(granted("memory", 2));
        String newest = id(granted("memory", 3));

        var first = client.get(RESOURCES + "?pageSize=2").json();
        var second = client.get(RESOURCES + "?pageSize=2&pageToken="
                        + first.path("nextPageToken").asText())
                .json();

        assertThat(first.path("items").findValuesAsText("id")).containsExactly(newest, middle);
        assertThat(second.path("items").findValuesAsText("id")).containsExactly(oldest);
        assertThat(second.path("nextPageToken").isNull()).isTrue();
    }

    @Test
    void listIsFilteredByTypeStateAndOwnerBeforeItIsPaged() {
        String alices = id(client.post(RESOURCES, "{\"type\":\"memory\",\"size\":1,\"owner\":\"alice\"}"));
        String back = id(client.post(RESOURCES, "{\"type\":\"memory\",\"size\":1,\"owner\":\"bob\"}"));
        String bobs = id(client.post(RESOURCES, "{\"type\":\"files\",\"size\":1,\"owner\":\"bob\"}"));
        client.send("DELETE", RESOURCES + "/" + back, "");

        assertThat(listed("type=memory")).containsExactly(back, alices);
        assertThat(listed("owner=bob")).containsExactly(bobs, back);
        assertThat(listed("state=released")).containsExactly(back);
        assertThat(listed("state=GRANTED,RELEASED")).containsExactly(bobs, back, alices);
        assertThat(listed("state=GRANTED&owner=bob&pageSize=1")).containsExactly(bobs);
        assertThat(listed("type=buffer")).isEmpty();
    }

    @Test
    void wholeHandleNamesTheResourceInThePath() {
        var resource = granted("memory", 5).json();

        var shown = client.get(RESOURCES + "/" + resource.path("handle").asText());

        assertThat(shown.status()).isEqualTo(200);
        assertThat(shown.json()).isEqualTo(resource);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, ''",
        "DELETE, ''",
        "GET, /metrics",
        "GET, /content",
        "PUT, /content",
        "GET, :verifyCleanup",
        "POST, :verifyCleanup"
    })
    void forgedHandleInThePathIsRefusedAndChangesNothing(String method, String suffix) {
        Handle genuine = handle(granted("buffer", 1));
        String forged = HandleText.format(new Handle(
                genuine.type(), genuine.id(), genuine.channel(), genuine.incarnation(), genuine.node(), "forged"));

        var reply = client.send(method, RESOURCES + "/" + forged + suffix, "");

        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.json().path("context").path("boundary").asText()).isEqualTo("AUTHENTICITY");
        var untouched = client.get(RESOURCES + "/" + genuine.id()).json();
        assertThat(untouched.path("state").asText()).isEqualTo("GRANTED");
    }

    @Test
    void cleanupIsCompleteOnlyWhenTheResourceIsBack() {
        String id = id(granted("memory", 5));

        var held = client.get(RESOURCES + "/" + id + ":verifyCleanup").json();
        channels.resources().stage(ChannelName.DEFAULT, id);
        var staged = client.post(RESOURCES + "/" + id + ":verifyCleanup", "").json();
        client.send("DELETE", RESOURCES + "/" + id, "");
        var back = client.post(RESOURCES + "/" + id + ":verifyCleanup", "{}").json();

        assertThat(held.path("complete").asBoolean()).isFalse();
        assertThat(held.path("state").asText()).isEqualTo("GRANTED");
        assertThat(held.path("detail").asText()).isNotBlank();
        assertThat(staged.path("complete").asBoolean()).isFalse();
        assertThat(staged.path("state").asText()).isEqualTo("RELEASING");
        assertThat(back.path("complete").asBoolean()).isTrue();
        assertThat(back.path("state").asText()).isEqualTo("RELEASED");
    }

    @Test
    void whatBelongedToAnEarlierLifeIsBackAndCannotBeGivenBackAgain() {
        String earlier = sealed(HandleType.RESOURCE, "gone", ChannelName.DEFAULT, 0, NODE);

        var cleanup = client.get(RESOURCES + "/" + earlier + ":verifyCleanup").json();
        var released = client.send("DELETE", RESOURCES + "/" + earlier, "");

        assertThat(cleanup.path("complete").asBoolean()).isTrue();
        assertThat(released.body()).isEqualTo("{\"released\":false}");
    }

    @Test
    void metricsSayHowTheResourceWasUsed() {
        String id = id(granted("buffer", 10));
        var unused = client.get(RESOURCES + "/" + id + "/metrics").json();
        client.put(RESOURCES + "/" + id + "/content", "hello");
        client.get(RESOURCES + "/" + id + "/content");

        var used = client.get(RESOURCES + "/" + id + "/metrics").json();

        assertThat(unused.path("waited").asText()).isEqualTo("1250us");
        assertThat(unused.path("held").asText()).isEqualTo("2s");
        assertThat(unused.path("uses").asLong()).isZero();
        assertThat(unused.path("lastUsed").isNull()).isTrue();
        assertThat(used.path("uses").asLong()).isEqualTo(2);
        assertThat(used.path("bytesWritten").asLong()).isEqualTo(5);
        assertThat(used.path("bytesRead").asLong()).isEqualTo(5);
        assertThat(used.path("peakBytes").asLong()).isEqualTo(5);
        assertThat(used.path("lastUsed").asText()).endsWith("Z");
    }

    @Test
    void contentIsReadAsItWasWritten() {
        String content = RESOURCES + "/" + id(granted("buffer", 4096)) + "/content";
        byte[] bytes = new byte[4096];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }

        var written = client.sendBytes("PUT", content, bytes, "Content-Type", "image/png");
        var read = client.sendBytes("GET", content, new byte[0]);

        assertThat(written.status()).isEqualTo(204);
        assertThat(written.body()).isEmpty();
        assertThat(read.status()).isEqualTo(200);
        assertThat(read.body()).isEqualTo(bytes);
        assertThat(read.text().header("Content-Type")).isEqualTo("application/octet-stream");
        assertThat(read.text().header("Content-Length")).isEqualTo("4096");
        assertThat(read.text().header("X-Content-Type-Options")).isEqualTo("nosniff");
    }

    @Test
    void shorterContentReplacesLongerAndEmptyContentReplacesAny() {
        String content = RESOURCES + "/" + id(granted("buffer", 10)) + "/content";

        assertThat(client.sendBytes("GET", content, new byte[0]).body()).isEqualTo(new byte[10]);
        client.put(content, "longer");
        client.put(content, "short");
        assertThat(client.get(content).body()).isEqualTo("short");
        client.sendBytes("PUT", content, new byte[0]);
        assertThat(client.get(content).body()).isEmpty();
    }

    @Test
    void contentOfTheWholeAmountIsAcceptedAndOneByteMoreIsTooLarge() {
        String id = id(granted("buffer", 1));
        client.put(RESOURCES + "/" + id + "/content", "kept");

        var tooLarge = client.sendBytes("PUT", RESOURCES + "/" + id + "/content", new byte[4097])
                .text();

        assertTooLarge(tooLarge, 4096);
        assertThat(client.get(RESOURCES + "/" + id + "/content").body()).isEqualTo("kept");
        assertThat(client.sendBytes("PUT", RESOURCES + "/" + id + "/content", new byte[4096])
                        .status())
                .isEqualTo(204);
    }

    @Test
    void contentThatNoBufferCanHoldIsRefusedBeforeItIsKept() {
        String content = RESOURCES + "/" + id(granted("buffer", 1 << 20)) + "/content";

        var full = client.sendBytes("PUT", content, new byte[1 << 20]);
        var tooLarge = client.sendBytes("PUT", content, new byte[(1 << 20) + 1]).text();

        assertThat(full.status()).isEqualTo(204);
        assertTooLarge(tooLarge, 1 << 20);
        assertThat(tooLarge.json().path("detail").asText()).contains("several buffers");
    }

    @Test
    void onlyABufferThatIsHeldHasContent() {
        String memory = RESOURCES + "/" + id(granted("memory", 5)) + "/content";
        String released = id(granted("buffer", 5));
        client.send("DELETE", RESOURCES + "/" + released, "");

        for (Reply reply : List.of(
                client.get(memory),
                client.put(memory, "x"),
                client.get(RESOURCES + "/" + released + "/content"),
                client.put(RESOURCES + "/" + released + "/content", "x"))) {
            assertThat(reply.status()).as(reply.body()).isEqualTo(409);
            assertThat(reply.json().path("code").asText()).isEqualTo("INVALID_STATE");
        }
    }

    @Test
    void compressedContentIsRefused() {
        String content = RESOURCES + "/" + id(granted("buffer", 5)) + "/content";

        var reply = client.sendBytes("PUT", content, new byte[1], "Content-Encoding", "gzip");

        assertThat(reply.status()).isEqualTo(415);
    }

    @Test
    void limitOfATypeIsOneObjectAndOfAllTypesAList() {
        granted("buffer", 5);

        var buffer = client.get(RESOURCES + ":limits?type=buffer").json();
        var files = client.get(RESOURCES + ":limits?type=files").json();
        var all = client.get(RESOURCES + ":limits").json();

        assertThat(buffer.path("type").asText()).isEqualTo("buffer");
        assertThat(buffer.path("limit").asLong()).isEqualTo(2 * (4_096 + 65_536 + 1_048_576));
        assertThat(buffer.path("unit").asText()).isEqualTo("bytes");
        assertThat(buffer.path("nodeLimit").asLong()).isEqualTo(InMemoryResources.NODE_AMOUNT_MAX);
        assertThat(buffer.path("inUse").asLong()).isEqualTo(4_096);
        assertThat(buffer.path("tiers").toString()).isEqualTo("{\"small\":2,\"medium\":2,\"large\":2}");
        assertThat(files.path("unit").asText()).isEqualTo("count");
        assertThat(files.path("tiers").isNull()).isTrue();
        assertThat(all.path("items").findValuesAsText("type"))
                .containsExactly("buffer", "memory", "threads", "channels", "files", "processes");
        assertThat(all.path("items").get(0)).isEqualTo(buffer);
    }

    @Test
    void metricsOfAChannelAreGivenByTypeAndTier() {
        granted("buffer", 5);

        var metrics = client.get(RESOURCES + ":metrics").json();

        assertThat(metrics.properties().stream().map(Map.Entry::getKey))
                .containsExactly("buffer", "memory", "threads", "channels", "files", "processes");
        var small = metrics.path("buffer").path("tiers").path("small");
        assertThat(small.toString())
                .isEqualTo("{\"limit\":2,\"available\":1,\"inUse\":1,\"peak\":1,\"waiters\":3,\"granted\":7,"
                        + "\"released\":5,\"refused\":1,\"reuse\":0.5,\"fragmentation\":0.0,\"waste\":0.25}");
        assertThat(metrics.path("buffer").path("inUse").asLong()).isEqualTo(4_096);
        assertThat(metrics.path("memory").path("tiers").isNull()).isTrue();
        for (JsonNode type : metrics) {
            assertThat(type.path("available").asLong() + type.path("inUse").asLong())
                    .isEqualTo(type.path("limit").asLong());
        }
    }

    @Test
    void resourceAndItsHandlePassValidation() {
        var resource = granted("memory", 5).json();
        String id = resource.path("id").asText();
        String handle = resource.path("handle").asText();

        for (Reply reply : List.of(
                client.post(RESOURCES + "/" + id + ":validate", ""),
                client.post(RESOURCES + "/" + handle + ":validate", ""),
                client.post(RESOURCES + "/" + id + ":validate", presented(handle)))) {
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.json().path("subject").asText()).isEqualTo(id);
            assertThat(reply.json().path("passed").asBoolean()).isTrue();
            assertThat(reply.json().path("violations")).isEmpty();
        }
    }

    @Test
    void eachBoundaryThatAHandleBreaksIsReportedAndNotRefused() {
        Handle genuine = handle(granted("memory", 5));
        String id = genuine.id();
        ChannelName channel = genuine.channel();

        assertBroken(id, sealed(HandleType.RESOURCE, id, new ChannelName("other"), 1, NODE), "OWNERSHIP");
        assertBroken(id, sealed(HandleType.RESOURCE, id, channel, 2, NODE), "INCARNATION");
        assertBroken(id, sealed(HandleType.RESOURCE, id, channel, 1, "millrace@127.0.0.1:25521"), "NODE");
        assertBroken(id, sealed(HandleType.THREAD, id, channel, 1, NODE), "MESSAGE_TYPE");
        assertBroken(
                id, HandleText.format(new Handle(HandleType.RESOURCE, id, channel, 1, NODE, "forged")), "AUTHENTICITY");
        assertBroken(id, "not a handle", "AUTHENTICITY");
        var inPath = client.post(RESOURCES + "/mh1.AAAA.AAAA:validate", "");
        assertThat(inPath.json().path("violations").findValuesAsText("boundary"))
                .containsExactly("AUTHENTICITY");
    }

    @Test
    void handleOfAnotherResourceIsNotTakenForThisOnes() {
        String id = id(granted("memory", 5));
        String other = HandleText.format(handle(granted("memory", 5)));

        var reply = client.post(RESOURCES + "/" + id + ":validate", presented(other));

        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().path("violations").findValuesAsText("field")).containsExactly("handle");
    }

    @Test
    void isolationNamesWhatDoesNotBelongToTheChannel() {
        granted("memory", 5);
        var clean = client.post(RESOURCES + ":verifyIsolation", "").json();
        channels.resources().plant(new IsolationReport.Breach("intruder", "resource", "It was taken back."));

        var breached = client.post(RESOURCES + ":verifyIsolation", "").json();

        assertThat(clean.path("isolated").asBoolean()).isTrue();
        assertThat(clean.path("channel").asText()).isEqualTo("default");
        assertThat(clean.path("itemsChecked").asInt()).isEqualTo(1);
        assertThat(breached.path("isolated").asBoolean()).isFalse();
        assertThat(breached.path("violations").path(0).path("subject").asText()).isEqualTo("intruder");
        assertThat(breached.path("violations").path(0).path("kind").asText()).isEqualTo("resource");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /unknown",
        "GET, /unknown/metrics",
        "GET, /unknown/content",
        "PUT, /unknown/content",
        "GET, /unknown:verifyCleanup",
        "POST, /unknown:verifyCleanup",
        "POST, /unknown:validate",
        "GET, /01HZZZZZZZZZZZZZZZZZZZZZZZ",
    })
    void unknownResourceIsNotFound(String method, String path) {
        assertThat(client.send(method, RESOURCES + path, "").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /resources",
        "GET, /resources",
        "GET, /resources:limits",
        "GET, /resources:metrics",
        "POST, /resources:verifyIsolation",
        "POST, /resources/mh1.AAAA.AAAA:validate",
        "GET, /resources/x",
        "DELETE, /resources/x",
        "PUT, /resources/x/content",
    })
    void unknownChannelIsNotFound(String method, String path) {
        String body = method.equals("POST") && path.equals("/resources") ? "{\"type\":\"memory\",\"size\":1}" : "";

        assertThat(client.send(method, "/v1/channels/nowhere" + path, body).status())
                .isEqualTo(404);
    }

    private void assertBroken(String resource, String handle, String boundary) {
        var reply = client.post(RESOURCES + "/" + resource + ":validate", presented(handle));

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.json().path("passed").asBoolean()).isFalse();
        JsonNode violation = reply.json().path("violations").path(0);
        assertThat(violation.path("boundary").asText()).isEqualTo(boundary);
        assertThat(violation.path("severity").asText()).isEqualTo("CRITICAL");
    }

    /** Too large is said with the limit, and not as if the same content could be taken later. */
    private static void assertTooLarge(Reply reply, long limit) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(413);
        assertThat(reply.json().path("code").asText()).isEqualTo("INVALID_ARGUMENT");
        assertThat(reply.json().path("context").path("limit").asLong()).isEqualTo(limit);
        assertThat(reply.json().path("temporary").asBoolean()).isFalse();
        assertThat(reply.header("Retry-After")).isEmpty();
    }

    /** Takes all large buffers there are and names the first. */
    private String fillLargeBuffers() {
        String first = id(granted("buffer", 1 << 20));
        for (int i = 1; i < InMemoryResources.BUFFERS_MAX; i++) {
            granted("buffer", 1 << 20);
        }
        return first;
    }

    /** The identifier of the wish that waits, as soon as it does. */
    private String awaitWaiter() {
        return channels.resources().waiter().join();
    }

    private List<String> listed(String query) {
        return client.get(RESOURCES + "?" + query).json().path("items").findValuesAsText("id");
    }

    private Reply granted(String type, long size) {
        var reply = client.post(RESOURCES, "{\"type\":\"" + type + "\",\"size\":" + size + "}");
        assertThat(reply.status()).as(reply.body()).isEqualTo(201);
        return reply;
    }

    private static String id(Reply granted) {
        return granted.json().path("id").asText();
    }

    private static Handle handle(Reply granted) {
        return HandleText.parse(granted.json().path("handle").asText()).orElseThrow();
    }

    private static String sealed(HandleType type, String id, ChannelName channel, long incarnation, String node) {
        return HandleText.format(InMemoryLocks.SEALS.seal(type, id, channel, incarnation, node));
    }

    private static String presented(String handle) {
        return "{\"handle\":\"" + handle + "\"}";
    }

    @Test
    void whatIsGrantedToAClientThatHasHungUpGoesBack() throws IOException {
        JsonNode first =
                client.post(RESOURCES, "{\"type\":\"buffer\",\"size\":4096}").json();
        client.post(RESOURCES, "{\"type\":\"buffer\",\"size\":4096}");
        int others = server.connectionCount();
        try (Socket waiting = client.connect()) {
            String body = "{\"type\":\"buffer\",\"size\":4096,\"timeout\":\"1m\",\"owner\":\"gone\"}";
            waiting.getOutputStream()
                    .write(("POST " + RESOURCES + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.US_ASCII));
            channels.resources().waiter().join();
        }
        while (server.connectionCount() > others) {
            Thread.onSpinWait();
        }

        client.send("DELETE", RESOURCES + "/" + first.path("id").asText(), "");

        JsonNode left = client.get(RESOURCES + "?state=GRANTED").json().path("items");
        assertThat(left).hasSize(1);
        assertThat(left.findValuesAsText("owner")).doesNotContain("gone");
    }
}
