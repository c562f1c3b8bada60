package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.edge.InMemoryLocks;
import io.millrace.edge.ServerTest;
import io.millrace.edge.TestClient.Reply;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LockRoutesTest extends ServerTest {
    private static final String LOCKS = "/v1/channels/default/locks";

    @Test
    void grantedLockComesWithALeaseATokenAndAnEnd() {
        Instant before = Instant.now();

        var reply = acquire("schema", "{\"owner\":\"alice\",\"timeout\":\"5s\",\"ttl\":\"60s\",\"level\":2}");

        var granted = reply.json();
        assertThat(reply.status()).isEqualTo(200);
        assertThat(granted.path("acquired").asBoolean()).isTrue();
        assertThat(granted.path("lock").asText()).isEqualTo("schema");
        assertThat(granted.path("owner").asText()).isEqualTo("alice");
        assertThat(granted.path("fencingToken").asLong()).isEqualTo(1);
        assertThat(granted.path("warnings")).isEmpty();
        assertThat(Instant.parse(granted.path("expiresAt").asText()))
                .isBetween(before.plusSeconds(59), before.plusSeconds(90));
        assertThat(HandleText.parse(granted.path("lease").asText())
                        .orElseThrow()
                        .type())
                .isEqualTo(HandleType.LEASE);
        assertThat(channels.locks().requests().getFirst().ttl()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void emptyBodyAsksForAllDefaults() {
        var reply = acquire("schema", "");

        assertThat(reply.json().path("acquired").asBoolean()).isTrue();
        assertThat(channels.locks().requests()).containsExactly(LockRequest.of("schema"));
    }

    @Test
    void ownersWithoutANameAreDifferentOwners() {
        String first = acquire("a", "").json().path("owner").asText();
        String second = acquire("b", "").json().path("owner").asText();

        assertThat(first).startsWith("request-").isNotEqualTo(second);
    }

    @Test
    void numberOfSecondsIsHonouredWithItsFraction() {
        acquire("schema", "{\"owner\":\"alice\"}");
        long start = System.nanoTime();

        var reply = acquire("schema", "{\"owner\":\"bob\",\"timeout\":0.25,\"ttl\":1.5}");

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofMillis(250), Duration.ofSeconds(5));
        assertThat(reply.json().path("acquired").asBoolean()).isFalse();
        assertThat(channels.locks().requests().getLast().timeout()).isEqualTo(Duration.ofMillis(250));
        assertThat(channels.locks().requests().getLast().ttl()).isEqualTo(Duration.ofMillis(1_500));
    }

    @Test
    void lockThatIsNotGrantedNamesItsHolder() {
        acquire("schema", "{\"owner\":\"alice\"}");

        var reply = acquire("schema", "{\"owner\":\"bob\",\"timeout\":0}");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("acquired").asBoolean()).isFalse();
        assertThat(reply.json().path("lock").asText()).isEqualTo("schema");
        assertThat(reply.json().path("holder").path("owner").asText()).isEqualTo("alice");
        assertThat(reply.json().path("holder").path("job").isNull()).isTrue();
        assertThat(reply.json().path("holder").path("since").asText()).endsWith("Z");
    }

    @Test
    void sameKeyAndBodyGiveTheSameLease() {
        var first = client.post(LOCKS + "/schema:acquire", "{}", "Idempotency-Key", "k");
        var second = client.post(LOCKS + "/schema:acquire", "{}", "Idempotency-Key", "k");
        var other = client.post(LOCKS + "/schema:acquire", "{\"level\":1}", "Idempotency-Key", "k");

        assertThat(second.json().path("lease")).isEqualTo(first.json().path("lease"));
        assertThat(second.json().path("owner")).isEqualTo(first.json().path("owner"));
        assertThat(other.status()).isEqualTo(409);
    }

    @Test
    void renewedLeaseEndsLater() {
        var granted = acquire("schema", "{\"owner\":\"alice\"}").json();

        var renewed = withLease("renew", "schema", granted);

        assertThat(renewed.status()).isEqualTo(200);
        assertThat(renewed.json().path("acquired").asBoolean()).isTrue();
        assertThat(renewed.json().path("fencingToken")).isEqualTo(granted.path("fencingToken"));
        assertThat(renewed.json().path("lease")).isEqualTo(granted.path("lease"));
        assertThat(Instant.parse(renewed.json().path("expiresAt").asText()))
                .isAfterOrEqualTo(Instant.parse(granted.path("expiresAt").asText()));
    }

    @Test
    void releasedLockIsFreeAndItsNextTokenIsHigher() {
        var granted = acquire("schema", "{\"owner\":\"alice\"}").json();

        var released = withLease("release", "schema", granted);

        var next = acquire("schema", "{\"owner\":\"bob\",\"timeout\":0}").json();
        assertThat(released.status()).isEqualTo(200);
        assertThat(released.json().path("released").asBoolean()).isTrue();
        assertThat(released.json().path("detail").asText()).isNotBlank();
        assertThat(next.path("fencingToken").asLong())
                .isGreaterThan(granted.path("fencingToken").asLong());
    }

    @Test
    void releaseOfALeaseThatHasEndedChangesNothingAndSaysSo() {
        var first = acquire("schema", "{\"owner\":\"alice\"}").json();
        withLease("release", "schema", first);
        acquire("schema", "{\"owner\":\"bob\"}");

        var again = withLease("release", "schema", first);

        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().path("released").asBoolean()).isFalse();
        assertThat(again.json().path("detail").asText()).contains("nothing was changed");
        assertThat(holder("schema")).isEqualTo("bob");
    }

    @Test
    void forgedLeaseIsRefusedAndTheLockStaysHeld() {
        acquire("schema", "{\"owner\":\"alice\"}");
        String forged = HandleText.format(
                new Handle(HandleType.LEASE, "schema-1", ChannelName.DEFAULT, 1, "millrace@127.0.0.1:25520", "forged"));

        for (String method : new String[] {"renew", "release"}) {
            var reply = client.post(LOCKS + "/schema:" + method, "{\"lease\":\"" + forged + "\"}");

            assertThat(reply.status()).isEqualTo(403);
            assertThat(reply.json().path("code").asText()).isEqualTo("PERMISSION");
        }
        assertThat(holder("schema")).isEqualTo("alice");
    }

    @Test
    void handleOfAThreadIsNoLease() {
        String thread = HandleText.format(InMemoryLocks.SEALS.seal(
                HandleType.THREAD, "schema-1", ChannelName.DEFAULT, 1, "millrace@127.0.0.1:25520"));
        acquire("schema", "{\"owner\":\"alice\"}");

        var reply = client.post(LOCKS + "/schema:release", "{\"lease\":\"" + thread + "\"}");

        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.json().path("context").path("boundary").asText()).isEqualTo("MESSAGE_TYPE");
    }

    @Test
    void locksAreListedByNameInPages() {
        acquire("b", "{\"owner\":\"alice\",\"level\":7}");
        acquire("a", "{\"owner\":\"bob\"}");
        acquire("c", "{\"owner\":\"carol\"}");

        var first = client.get(LOCKS + "?pageSize=2").json();
        var second = client.get(LOCKS + "?pageSize=2&pageToken="
                        + first.path("nextPageToken").asText())
                .json();

        assertThat(first.path("items").findValuesAsText("lock")).containsExactly("a", "b");
        assertThat(second.path("items").findValuesAsText("lock")).containsExactly("c");
        assertThat(second.path("nextPageToken").isNull()).isTrue();
        JsonNode lock = first.path("items").path(1);
        assertThat(lock.path("level").asInt()).isEqualTo(7);
        assertThat(lock.path("holder").path("owner").asText()).isEqualTo("alice");
        assertThat(lock.path("fencingToken").asLong()).isEqualTo(1);
        assertThat(lock.path("heldSince").asText()).endsWith("Z");
        assertThat(lock.path("expiresAt").asText()).endsWith("Z");
        assertThat(lock.path("waiters")).isEmpty();
    }

    @Test
    void freeLockIsShownAsFree() {
        var reply = client.get(LOCKS + "/schema");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("lock").asText()).isEqualTo("schema");
        assertThat(reply.json().path("holder").isNull()).isTrue();
        assertThat(reply.json().path("fencingToken").isNull()).isTrue();
        assertThat(reply.json().path("level").isNull()).isTrue();
    }

    @Test
    void whoWaitsIsShownAtTheLockAndInTheGraph() {
        var granted = acquire("schema", "{\"owner\":\"alice\"}").json();
        var waiting = acquireLater("schema", "{\"owner\":\"bob\",\"timeout\":\"15s\"}");

        JsonNode waiter = firstWaiter();
        JsonNode graph = client.get(LOCKS + ":graph").json();
        withLease("release", "schema", granted);

        assertThat(waiter.path("owner").asText()).isEqualTo("bob");
        assertThat(waiter.path("since").asText()).endsWith("Z");
        assertThat(waiter.path("until").asText()).endsWith("Z");
        JsonNode edge = graph.path("waits").path(0);
        assertThat(edge.path("waiter").asText()).isEqualTo("bob");
        assertThat(edge.path("lock").asText()).isEqualTo("schema");
        assertThat(edge.path("holder").asText()).isEqualTo("alice");
        assertThat(edge.path("since").asText()).endsWith("Z");
        assertThat(waiting.join().json().path("acquired").asBoolean()).isTrue();
    }

    @Test
    void wrongOrderOfLevelsIsAnsweredWithBothLocksBothHoldersAndTheOrder() {
        acquire("tables", "{\"owner\":\"bob\",\"level\":1}");
        acquire("schema", "{\"owner\":\"alice\",\"level\":2}");

        var reply = acquire("tables", "{\"owner\":\"alice\",\"level\":1}");

        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.json().path("code").asText()).isEqualTo("CONCURRENCY");
        assertThat(reply.json().path("detail").asText())
                .contains("'alice'", "'tables'", "'bob'", "'schema'", "level 1", "level 2");
    }

    @Test
    void lockGrantedToAClientThatHasHungUpIsReleased() throws IOException {
        JsonNode first = acquire("schema", "{\"owner\":\"first\"}").json();
        int others = server.connectionCount();
        try (Socket waiting = client.connect()) {
            String body = "{\"owner\":\"gone\",\"timeout\":\"1m\"}";
            waiting.getOutputStream()
                    .write(("POST " + LOCKS + "/schema:acquire HTTP/1.1\r\nHost: localhost\r\n"
                                    + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                    + body)
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(firstWaiter().path("owner").asText()).isEqualTo("gone");
        }
        while (server.connectionCount() > others) {
            Thread.onSpinWait();
        }

        withLease("release", "schema", first);

        assertThat(acquire("schema", "{\"owner\":\"next\",\"timeout\":\"10s\"}")
                        .json()
                        .path("acquired")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void invertedOrderIsWarnedOfAndReported() {
        var a = acquire("a", "{\"owner\":\"alice\"}").json();
        var b = acquire("b", "{\"owner\":\"alice\"}").json();
        withLease("release", "a", a);
        withLease("release", "b", b);
        acquire("b", "{\"owner\":\"bob\"}");

        var inverted = acquire("a", "{\"owner\":\"bob\"}").json();

        var report = client.post(LOCKS + ":verifyHierarchy", "").json();
        var order = client.get(LOCKS + ":graph").json().path("order").path(0);
        assertThat(inverted.path("acquired").asBoolean()).isTrue();
        assertThat(inverted.path("warnings")).hasSize(1);
        assertThat(order.path("first").asText()).isEqualTo("a");
        assertThat(order.path("second").asText()).isEqualTo("b");
        assertThat(order.path("owner").asText()).isEqualTo("alice");
        assertThat(order.path("at").asText()).endsWith("Z");
        assertThat(report.path("valid").asBoolean()).isFalse();
        assertThat(report.path("order").isArray()).isTrue();
        assertThat(report.path("holdings").findValuesAsText("lock")).containsExactlyInAnyOrder("a", "b");
        JsonNode violation = report.path("violations").path(0);
        assertThat(violation.path("owner").asText()).isEqualTo("bob");
        assertThat(violation.path("lock").asText()).isEqualTo("a");
        assertThat(violation.path("level").isNull()).isTrue();
        assertThat(violation.path("heldLevels").isArray()).isTrue();
        assertThat(violation.path("heldLocks").path(0).asText()).isEqualTo("b");
        assertThat(violation.path("detail").asText()).isNotBlank();
        assertThat(report.path("waitCycles")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /locks/a:acquire",
        "GET, /locks",
        "GET, /locks/a",
        "GET, /locks:graph",
        "POST, /locks:verifyHierarchy",
    })
    void unknownChannelIsNotFound(String method, String path) {
        assertThat(client.send(method, "/v1/channels/nowhere" + path, "").status())
                .isEqualTo(404);
    }

    private Reply acquire(String lock, String body) {
        return client.post(LOCKS + "/" + lock + ":acquire", body);
    }

    private CompletableFuture<Reply> acquireLater(String lock, String body) {
        return CompletableFuture.supplyAsync(() -> acquire(lock, body));
    }

    /** Waits for the server to have taken the request of whoever waits. */
    private JsonNode firstWaiter() {
        JsonNode waiters;
        do {
            waiters = client.get(LOCKS + "/schema").json().path("waiters");
        } while (waiters.isEmpty());
        return waiters.path(0);
    }

    private Reply withLease(String method, String lock, JsonNode granted) {
        return client.post(
                LOCKS + "/" + lock + ":" + method,
                "{\"lease\":\"" + granted.path("lease").asText() + "\"}");
    }

    private String holder(String lock) {
        return client.get(LOCKS + "/" + lock)
                .json()
                .path("holder")
                .path("owner")
                .asText();
    }
}
