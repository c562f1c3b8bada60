package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.JobId;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.log.LogStream;
import io.millrace.edge.ServerTest;
import io.millrace.edge.TestClient;
import io.millrace.edge.TestClient.Lines;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every request meets before and after its operation: addresses, limits, errors, the end of the server. */
class HttpServerTest extends ServerTest {
    private static final String JOBS = "/v1/channels/default/jobs";
    private static final String HOST = "Host: localhost\r\n";

    @Test
    void indexPointsToWhatThereIs() {
        assertThat(client.get("/").json().path("openapi").asText()).isEqualTo("/openapi.json");
        assertThat(client.get("/", "Accept", "text/html,*/*;q=0.8").body()).contains("<h1>Millrace</h1>");
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/chanels, /v1/channels",
        "/v1/channels/default/job, /v1/channels/{channel}/jobs",
        "/v1/channels/, /v1/channels",
        "/v1/channels/default:puase, /v1/channels/{channel}:pause",
        "/openapi, GET / lists",
        "/v2/channels, /v1/channels",
    })
    void unknownPathIsAnsweredWithTheNearestOne(String path, String hint) {
        var reply = client.get(path);

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(reply.json().path("code").asText()).isEqualTo("NOT_FOUND");
        assertThat(reply.json().path("detail").asText()).contains(hint);
    }

    @Test
    void wrongMethodIsAnsweredWithThoseThePathTakes() {
        var reply = client.send("DELETE", JOBS, "");

        assertThat(reply.status()).isEqualTo(405);
        assertThat(reply.header("Allow")).isEqualTo("GET, POST");
        assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @Test
    void headIsAGetWithoutItsBody() {
        var reply = client.send("HEAD", "/v1/channels", "");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEmpty();
    }

    @Test
    void colonInThePathMayBeEncoded() {
        assertThat(client.post("/v1/channels/default%3Apause", "").status()).isEqualTo(200);
    }

    @Test
    void defectIsAnsweredWithAReferenceAndNothingElse() {
        HttpServer broken = stopped(HttpServer.start(
                        testKit.system(),
                        settings(),
                        _ -> CompletableFuture.failedFuture(new IllegalStateException("secret")))
                .toCompletableFuture()
                .join());

        var reply = new TestClient(broken).get("/");

        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.json().path("code").asText()).isEqualTo("INTERNAL");
        assertThat(reply.json().path("context").path("reference").asText()).hasSize(16);
        assertThat(reply.body()).doesNotContain("secret", "Exception", "at io.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NON SENSE\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "FOO / HTTP/1.1\r\n" + HOST + "\r\n",
                "GET /%zz HTTP/1.1\r\n" + HOST + "\r\n",
                "GET / HTTP/3.9\r\n" + HOST + "\r\n",
                "POST / HTTP/1.1\r\n" + HOST + "Content-Length: x\r\n\r\n",
                "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: gzip\r\n\r\n",
            })
    void whatIsNoHttpIsAnsweredWithAProblem(String request) {
        String reply = client.raw(request);

        assertThat(reply).matches("(?s)HTTP/1\\.1 (4|5)\\d\\d .*");
        assertThat(reply).contains("Content-Type: application/problem+json", "\"code\":\"INVALID_ARGUMENT\"");
    }

    @Test
    void longAddressAndLongHeaderAreRefused() {
        assertThat(client.raw("GET /" + "x".repeat(3_000) + " HTTP/1.1\r\n" + HOST + "\r\n"))
                .startsWith("HTTP/1.1 414")
                .contains("application/problem+json");
        assertThat(client.raw("GET / HTTP/1.1\r\n" + HOST + "X: " + "x".repeat(9_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431")
                .contains("application/problem+json");
    }

    @Test
    void bodyOverTheLimitIsRefusedWhetherItsLengthIsKnownOrNot() {
        String big = "x".repeat(9 << 20);

        var known = client.post(JOBS, big);
        String chunk = "100000\r\n" + "x".repeat(1 << 20) + "\r\n";
        String chunked = client.raw("POST " + JOBS + " HTTP/1.1\r\n" + HOST
                + "Content-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunk.repeat(9) + "0\r\n\r\n");

        assertThat(known.status()).isEqualTo(413);
        assertThat(known.json().path("context").path("limit").asLong()).isEqualTo(8 << 20);
        assertThat(chunked).startsWith("HTTP/1.1 413").contains("application/problem+json");
    }

    @Test
    void bodyOverTheLimitIsRefusedBeforeItIsSentIfTheClientAsks() throws IOException {
        try (Socket socket = client.connect()) {
            write(
                    socket,
                    "POST " + JOBS + " HTTP/1.1\r\n" + HOST
                            + "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");

            assertThat(readAll(socket)).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void largeBatchHasALimitOfItsOwn() {
        String line = "{\"handler\":{\"name\":\"noop\",\"input\":\"" + "x".repeat(100_000) + "\"}}\n";

        var reply = client.post(JOBS + ":batchCreate", line.repeat(100), "Content-Type", "application/x-ndjson");

        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.json().path("items")).hasSize(100);
    }

    @Test
    void bodiesTogetherAreBounded() {
        TestClient crowded = new TestClient(start(settings().withBodyBytesHeldMax(1 << 20)));
        String line = "{\"handler\":{\"name\":\"noop\",\"input\":\"" + "x".repeat(100_000) + "\"}}\n";

        var tooMuch = crowded.post(JOBS + ":batchCreate", line.repeat(20), "Content-Type", "application/x-ndjson");
        var enough = crowded.post(JOBS + ":batchCreate", line.repeat(8), "Content-Type", "application/x-ndjson");
        var again = crowded.post(JOBS + ":batchCreate", line.repeat(8), "Content-Type", "application/x-ndjson");

        assertThat(tooMuch.status()).isEqualTo(503);
        assertThat(tooMuch.header("Retry-After")).isEqualTo("1");
        assertThat(enough.status()).isEqualTo(201);
        assertThat(again.status()).isEqualTo(201);
    }

    @Test
    void clientThatTakesNothingIsCutOff() throws IOException {
        HttpServer impatient = start(quick(Duration.ofSeconds(30), Duration.ofMillis(200)));
        JobId job = submitted(NO_OP);
        String content = "x".repeat(60_000);
        for (int i = 0; i < 500; i++) {
            channels.line(job, LogStream.STDOUT, content);
        }

        try (Socket socket = new TestClient(impatient).connect()) {
            write(socket, "GET " + path(job) + "/logs?follow=true HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(socket.getInputStream().read()).isEqualTo('H');
            while (impatient.connectionCount() > 0) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void requestThatTakesTooLongIsAnswered() throws IOException {
        TestClient impatient = new TestClient(start(quick(Duration.ofMillis(100), Duration.ofSeconds(30))));

        try (Socket head = impatient.connect();
                Socket body = impatient.connect()) {
            write(head, "GET / HTTP/1.1\r\nHost: loc");
            write(
                    body,
                    "POST " + JOBS + " HTTP/1.1\r\n" + HOST
                            + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"hand");

            assertThat(readAll(head)).startsWith("HTTP/1.1 408").contains("\"code\":\"TIMEOUT\"");
            assertThat(readAll(body)).startsWith("HTTP/1.1 408").contains("application/problem+json");
        }
        assertThat(client.get(JOBS).json().path("items")).isEmpty();
    }

    @Test
    void waitThatWasAskedForIsNotATimeoutOfTheConnection() {
        TestClient impatient = new TestClient(start(quick(Duration.ofMillis(50), Duration.ofMillis(50))));
        JobId job = submitted(NO_OP);

        var reply = impatient.post(path(job) + ":wait?timeout=300ms", "");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("state").asText()).isEqualTo("QUEUED");
    }

    @Test
    void idleConnectionIsClosed() throws IOException {
        TestClient impatient = new TestClient(start(quick(Duration.ofSeconds(30), Duration.ofMillis(100))));

        try (Socket socket = impatient.connect()) {
            assertThat(readAll(socket)).isEmpty();
        }
    }

    @Test
    void connectionOverTheLimitIsToldSo() throws IOException {
        HttpServer small = start(settings().withConnectionsMax(1));
        TestClient crowd = new TestClient(small);

        try (Socket first = crowd.connect()) {
            write(first, "GET /v1/channels HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(readSome(first)).startsWith("HTTP/1.1 200");

            assertThat(crowd.raw("GET /v1/channels HTTP/1.1\r\n" + HOST + "\r\n"))
                    .startsWith("HTTP/1.1 503")
                    .contains("Retry-After: 1", "Connection: close", "\"code\":\"UNAVAILABLE\"");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8080,, 200",
        "localhost,, 200",
        "[::1]:8080,, 200",
        "evil.example,, 403",
        "127.0.0.1.evil.example:80,, 403",
        "localhost:8080, http://localhost:8080, 200",
        "localhost:8080, http://localhost:3000, 403",
        "localhost:8080, https://evil.example, 403",
        "localhost:8080, null, 403",
        "console.example, https://console.example, 200",
        "api.example:80, https://console.example, 200",
    })
    void onlyOwnPagesAndAllowedSitesMayCall(String host, String origin, int status) {
        HttpServer configured = start(
                settings().withAllowed(Set.of("console.example", "api.example"), Set.of("https://console.example")));

        String reply = new TestClient(configured)
                .raw("GET /v1/channels HTTP/1.1\r\nHost: " + host + "\r\n"
                        + (origin == null ? "" : "Origin: " + origin + "\r\n") + "Connection: close\r\n\r\n");

        assertThat(reply).startsWith("HTTP/1.1 " + status);
        assertThat(reply).doesNotContain("Access-Control-Allow-Origin");
    }

    @Test
    void stoppedServerEndsStreamsAndAnswersWhatIsInWork() {
        HttpServer leaving = start(settings());
        TestClient caller = new TestClient(leaving);
        JobId job = submitted(NO_OP);
        var waiting = CompletableFuture.supplyAsync(() -> caller.post(path(job) + ":wait?timeout=10s", ""));
        try (Lines lines = caller.open("/v1/channels/default/events")) {
            lines.next();
            // The waiting call is in work once the channel has been asked: two connections are open then.
            while (leaving.connectionCount() < 2) {
                Thread.onSpinWait();
            }

            var stopped = leaving.stop(Duration.ofSeconds(10)).toCompletableFuture();
            channels.end(job, JobState.SUCCEEDED, null, null);

            assertThat(waiting.join().status()).isIn(200, 503);
            assertThat(lines.rest()).isNotNull();
            stopped.join();
            assertThat(leaving.connectionCount()).isZero();
        }
    }

    @Test
    void requestsAreCountedByOperationAndStatus() {
        client.get("/v1/channels");
        client.get("/nowhere");

        assertThat(metrics.count("listChannels", 200)).isEqualTo(1);
        assertThat(metrics.count("none", 404)).isEqualTo(1);
    }

    private static HttpSettings quick(Duration receive, Duration idle) {
        return settings().withTimes(new HttpSettings.Times(receive, idle));
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    private static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String readSome(Socket socket) throws IOException {
        byte[] bytes = new byte[4096];
        int length = socket.getInputStream().read(bytes);
        return new String(bytes, 0, Math.max(0, length), StandardCharsets.UTF_8);
    }
}
