package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Proves;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node that is asked to stop in the middle of its work. */
class NodeShutdownIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** What a stop may take with processes running. */
    private static final Duration STOP_MAX = Duration.ofSeconds(30);

    private static final String CHANNEL = "/v1/channels/work";
    private static final int SLOTS = 3;

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void endClients() {
        clients.shutdownNow();
    }

    @Test
    @Proves({"G-71", "G-86"})
    void stoppedNodeEndsInTimeRefusesWhatIsNewAndLosesNothing() throws Exception {
        // given a node with full slots, jobs behind them, a held lock and one who waits for it, and an open stream
        ForkedNode node = nodes.start("node");
        HttpApi api = node.api();
        api.put(CHANNEL, "{\"spec\":{\"threads\":{\"max\":" + SLOTS + "}}}").expectSuccess();
        Path witness = nodes.path("witness");
        Path gate = nodes.path("gate");
        try (var late = new LateRequest(api.uri())) {
            String again = api.submit("work", job(witness, gate, "at-least-once"));
            String once = api.submit("work", job(witness, gate, "at-most-once"));
            String handler = api.submit("work", "{\"handler\":{\"name\":\"sleep\",\"input\":{\"duration\":\"10m\"}}}");
            List<String> queued = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                queued.add(api.submit("work", "{\"handler\":{\"name\":\"echo\",\"input\":{\"number\":" + i + "}}}"));
            }
            JsonNode lease = api.post(CHANNEL + "/locks/schema:acquire", "{\"owner\":\"deploy\",\"ttl\":\"5m\"}")
                    .expect(200);
            var lockWait = inBackground(
                    () -> api.post(CHANNEL + "/locks/schema:acquire", "{\"owner\":\"backup\",\"timeout\":\"60s\"}"));
            var stream = inBackground(() -> api.get(CHANNEL + "/logs?follow=true"));
            await().atMost(SOON)
                    .until(() -> linesOf(witness) == 2
                            && api.job("work", handler).path("state").asText().equals("RUNNING")
                            && api.get(CHANNEL + "/locks/schema")
                                            .expect(200)
                                            .path("waiters")
                                            .size()
                                    == 1);

            // when
            long asked = System.nanoTime();
            node.requestStop();

            // then the stream ends, what was being sent is refused, and nobody else gets through
            assertThatCode(() -> stream.get(SOON.toSeconds(), TimeUnit.SECONDS)).doesNotThrowAnyException();
            assertThat(late.finish()).startsWith("HTTP/1.1 503").contains("The node is stopping");
            assertThatCode(() -> new Socket(api.uri().getHost(), api.uri().getPort()).close())
                    .isInstanceOf(ConnectException.class);

            // and the node ends cleanly and in time, and nothing of it stays
            assertThat(node.awaitEnd()).as(node.log()).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(STOP_MAX);
            assertThat(lockWait).succeedsWithin(Duration.ofSeconds(1));
            assertThat(nodes.databaseOf("node")).isEmpty();
            assertThat(Files.readAllLines(witness))
                    .allSatisfy(pid ->
                            assertThat(ProcessHandle.of(Long.parseLong(pid))).isEmpty());

            // and after the next start all of it goes on, except what asked for at most one start
            Files.createFile(gate);
            HttpApi next = nodes.start("node").api();
            assertThat(next.ended("work", once).path("state").asText()).isEqualTo("LOST");
            JsonNode rerun = next.ended("work", again);
            assertThat(rerun.path("state").asText()).isEqualTo("SUCCEEDED");
            assertThat(rerun.path("attempt").asInt()).isEqualTo(2);
            for (int i = 0; i < queued.size(); i++) {
                JsonNode job = next.ended("work", queued.get(i));
                assertThat(job.path("result").path("number").asInt()).isEqualTo(i);
            }
            await().atMost(SOON)
                    .until(() ->
                            next.job("work", handler).path("state").asText().equals("RUNNING")
                                    && next.job("work", handler).path("attempt").asInt() == 2);
            JsonNode held = next.get(CHANNEL + "/locks/schema").expect(200);
            assertThat(held.path("holder").path("owner").asText()).isEqualTo("deploy");
            assertThat(held.path("fencingToken")).isEqualTo(lease.path("fencingToken"));
        }
    }

    /** Tells its process id, and then runs until it is let go. */
    private static String job(Path witness, Path gate, String delivery) {
        return "{\"process\":{\"command\":[\"sh\",\"-c\",\"echo $$ >> " + witness + "; until [ -e " + gate
                + " ]; do sleep 0.1; done\"]},\"delivery\":\"" + delivery + "\"}";
    }

    private static int linesOf(Path file) throws IOException {
        return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    }

    /** Completes when the call is over, with whatever it came to: an answer, or a connection that was closed. */
    private CompletableFuture<String> inBackground(Runnable call) {
        return CompletableFuture.runAsync(call, clients).handle((_, failure) -> String.valueOf(failure));
    }

    /** A submit whose last bytes are sent when the node has begun to stop. */
    private static final class LateRequest implements AutoCloseable {
        private static final String BODY = "{\"handler\":{\"name\":\"noop\"}}";
        private final Socket socket;

        LateRequest(URI api) throws IOException {
            socket = new Socket(api.getHost(), api.getPort());
            socket.setSoTimeout((int) SOON.toMillis());
            send("POST " + CHANNEL + "/jobs HTTP/1.1\r\nHost: " + api.getAuthority()
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + BODY.length() + "\r\n");
        }

        /** Sends the rest and gives everything the node answers until it closes the connection. */
        String finish() throws IOException {
            send("\r\n" + BODY);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }

        private void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
