package io.millrace.edge;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.JobId;
import io.millrace.edge.http.ApiServer;
import io.millrace.edge.http.HttpMetrics;
import io.millrace.edge.http.HttpServer;
import io.millrace.edge.http.HttpSettings;
import io.millrace.edge.sse.FollowTimes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** A server on a port of its own, in front of channels that are fresh for every test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ServerTest {
    protected static final String NO_OP = "{\"handler\":{\"name\":\"noop\"}}";

    protected ActorTestKit testKit;
    protected InMemoryChannels channels;
    protected HttpMetrics metrics;
    protected HttpServer server;
    protected TestClient client;

    private final List<HttpServer> servers = new ArrayList<>();

    /** Fast enough that a test which waits for a heartbeat is short. */
    protected static HttpSettings settings() {
        return HttpSettings.at("127.0.0.1", 0)
                .withFollow(new FollowTimes(
                        Duration.ofMillis(50), Duration.ofSeconds(5), Duration.ofMillis(10), Duration.ofSeconds(5)));
    }

    @BeforeAll
    void startSystem() {
        testKit = ActorTestKit.create();
    }

    @BeforeEach
    void startServer() {
        channels = new InMemoryChannels();
        metrics = new HttpMetrics();
        server = start(settings());
        client = new TestClient(server);
    }

    @AfterEach
    void stopServers() {
        servers.forEach(
                each -> each.stop(Duration.ofSeconds(1)).toCompletableFuture().join());
        servers.clear();
    }

    @AfterAll
    void stopSystem() {
        testKit.shutdownTestKit();
    }

    /** Another server in front of the same channels; stopped after the test. */
    protected HttpServer start(HttpSettings settings) {
        return stopped(ApiServer.start(testKit.system(), settings, channels, metrics)
                .toCompletableFuture()
                .join());
    }

    /** Stops a server after the test. */
    protected HttpServer stopped(HttpServer started) {
        servers.add(started);
        return started;
    }

    /** Submits a job and gives its id. */
    protected JobId submitted(String spec) {
        JsonNode job = client.post("/v1/channels/default/jobs", spec).json();
        return JobId.parse(job.path("id").asText());
    }

    protected static String path(JobId job) {
        return "/v1/channels/default/jobs/" + job;
    }
}
