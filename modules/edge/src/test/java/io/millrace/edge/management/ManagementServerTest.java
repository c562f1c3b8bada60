package io.millrace.edge.management;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.ConfigFactory;
import io.millrace.channel.Inspection;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.work.JobKind;
import io.millrace.edge.InMemoryChannels;
import io.millrace.edge.InMemoryIncidents;
import io.millrace.edge.TestClient;
import io.millrace.edge.http.HttpMetrics;
import io.millrace.edge.http.HttpServer;
import io.millrace.edge.http.HttpSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManagementServerTest {
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
    private static final ChannelName BUILD = new ChannelName("build");

    private static final AtomicReference<NodeReport.Readiness> READINESS =
            new AtomicReference<>(NodeReport.Readiness.READY);
    static final InMemoryChannels CHANNELS = new InMemoryChannels();
    private static ActorTestKit testKit;
    private static HttpServer server;
    private static TestClient client;

    @BeforeAll
    static void startNode() {
        testKit = ActorTestKit.create(ConfigFactory.parseString("""
            pekko.actor.provider = cluster
            pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
            pekko.cluster.jmx.enabled = off
            """));
        Cluster cluster = Cluster.get(testKit.system());
        cluster.manager().tell(Join.create(cluster.selfMember().address()));
        server = ManagementServer.start(
                        testKit.system(),
                        HttpSettings.at("127.0.0.1", 0),
                        new Report(),
                        CHANNELS,
                        new Items(),
                        new InMemoryIncidents(),
                        new Instruments(),
                        new HttpMetrics())
                .toCompletableFuture()
                .join();
        client = new TestClient(server);
    }

    @AfterAll
    static void stopNode() {
        server.stop(Duration.ofSeconds(1)).toCompletableFuture().join();
        testKit.shutdownTestKit();
    }

    @Test
    void probesSayWhetherAndWhyNot() {
        assertThat(client.get("/alive").status()).isEqualTo(200);
        assertThat(client.get("/startup").status()).isEqualTo(200);
        assertThat(client.get("/ready").json().path("status").asText()).isEqualTo("UP");

        READINESS.set(new NodeReport.Readiness(false, List.of("the database does not answer")));
        var down = client.get("/ready");
        READINESS.set(NodeReport.Readiness.READY);

        assertThat(down.status()).isEqualTo(503);
        assertThat(down.json().path("reasons").path(0).asText()).isEqualTo("the database does not answer");
    }

    @Test
    void membersComeFromTheCluster() {
        var members = client.get("/cluster/members");

        assertThat(members.status()).isEqualTo(200);
        assertThat(members.json().path("selfNode").asText()).startsWith("pekko://");
        assertThat(members.json().has("members")).isTrue();
    }

    @Test
    void clusterIsOnlyReadAndItsErrorsAreProblems() {
        assertThat(client.post("/cluster/members", "").status()).isBetween(400, 499);
        var unknown = client.get("/cluster/shards/Nothing");

        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @Test
    void metricsAreInTheTextFormatOfPrometheus() {
        var reply = client.get("/metrics");

        assertThat(reply.header("Content-Type")).startsWith("text/plain; version=0.0.4");
        assertThat(reply.body())
                .contains("jvm_memory_heap_used_bytes ")
                .containsPattern("jvm_memory_heap_allocated_bytes_total [1-9]")
                .contains("process_open_fds ")
                .contains("millrace_attempts_started_total 0")
                .contains("millrace_services{state=\"running\"} 0")
                .contains("millrace_services_crash_looping 0")
                .contains("millrace_commit_seconds_bucket{le=\"+Inf\"} 0")
                .contains("millrace_node{node=\"millrace@127.0.0.1:25520\",version=\"0.1.0\"} 1");
    }

    @Test
    void nodeSaysWhatItIsAndUses() {
        var node = client.get("/management/node").json();

        assertThat(node.path("node").asText()).isEqualTo("millrace@127.0.0.1:25520");
        assertThat(node.path("heap").path("usedBytes").asLong()).isPositive();
        assertThat(node.path("threads").path("current").asInt()).isPositive();
        assertThat(node.path("database").path("kind").asText()).isEqualTo("embedded");
        assertThat(node.path("details").path("handlers").path(0).asText()).isEqualTo("noop");
    }

    @Test
    void settingsNameTheirSourceAndSecretsAreMasked() {
        var reply = client.get("/management/config");

        var items = reply.json().path("items");
        assertThat(items.get(0).path("source").asText()).isEqualTo("environment MILLRACE_HTTP_PORT");
        assertThat(items.get(1).path("value").asText()).isEqualTo("********");
        assertThat(reply.body()).doesNotContain("hunter2");
    }

    @Test
    void itemsNameTheirNodeAndSilentNodesAreNamed() {
        var threads = client.get("/management/threads").json();

        assertThat(threads.path("items").findValuesAsText("node")).containsExactly("a", "a", "b");
        assertThat(threads.path("silentNodes").path(0).asText()).isEqualTo("c");
        assertThat(client.get("/management/resources")
                        .json()
                        .path("items")
                        .get(0)
                        .path("type")
                        .asText())
                .isEqualTo("memory");
        JsonNode processes = client.get("/management/processes").json().path("items");
        assertThat(processes.path(0).path("pid").asLong()).isEqualTo(4711);
        assertThat(processes.path(0).path("jobId").asText()).isEqualTo(new JobId(1, 1).toString());
        assertThat(processes.path(0).path("processId").isNull()).isTrue();
        assertThat(processes.path(1).path("jobId").isNull()).isTrue();
        assertThat(processes.path(1).path("processId").asText()).isEqualTo(new JobId(1, 2).toString());
        assertThat(client.get("/management/cleanups")
                        .json()
                        .path("items")
                        .get(0)
                        .path("status")
                        .asText())
                .isEqualTo("COMPLETE");
    }

    @Test
    void cleanupsSayWhatWasExecutedAndHowFar() {
        var cleanups = client.get("/management/cleanups").json().path("items");

        var ofAttempt = cleanups.get(0);
        var ofTask = cleanups.get(1);
        assertThat(ofAttempt.path("jobId").asText()).isEqualTo(new JobId(1, 1).toString());
        assertThat(ofAttempt.path("run").isNull()).isTrue();
        assertThat(ofAttempt.path("steps").isNull()).isTrue();
        assertThat(ofTask.path("jobId").isNull()).isTrue();
        assertThat(ofTask.path("epoch").isNull()).isTrue();
        assertThat(ofTask.path("run").asLong()).isEqualTo(7);
        assertThat(ofTask.path("root").asText()).isEqualTo("drop-temp");
        assertThat(ofTask.path("steps").path("total").asInt()).isEqualTo(3);
        assertThat(ofTask.path("steps").path("skipped").asInt()).isEqualTo(1);
    }

    @Test
    void threadsSayWhatRunsInThem() {
        var thread = client.get("/management/threads").json().path("items").get(0);

        assertThat(thread.path("id").asText()).isEqualTo(new JobId(1, 1) + "-1");
        assertThat(thread.path("jobId").asText()).isEqualTo(new JobId(1, 1).toString());
        assertThat(thread.path("priority").asText()).isEqualTo("processing");
        assertThat(thread.path("handler").asText()).isEqualTo("sum");
    }

    @Test
    void locksSayWhoHoldsThemAndHowManyWait() {
        var locks = client.get("/management/locks").json();

        var held = locks.path("items").get(0);
        assertThat(held.path("node").asText()).isEqualTo("a");
        assertThat(held.path("channel").asText()).isEqualTo("build");
        assertThat(held.path("lock").asText()).isEqualTo("schema");
        assertThat(held.path("level").asInt()).isEqualTo(2);
        assertThat(held.path("owner").asText()).isEqualTo("alice");
        assertThat(held.path("jobId").isNull()).isTrue();
        assertThat(held.path("fencingToken").asLong()).isEqualTo(42);
        assertThat(held.path("heldSince").asText()).endsWith("Z");
        assertThat(held.path("waiters").asInt()).isEqualTo(3);
        assertThat(locks.path("items").get(1).path("owner").isNull()).isTrue();
        assertThat(locks.path("silentNodes").path(0).asText()).isEqualTo("c");
    }

    @Test
    void resourcesSayWhoHoldsWhatSinceWhenAndWhyARequestWaits() {
        var reply = client.get("/management/resources").json();

        var memory = reply.path("items").get(0);
        assertThat(memory.path("node").asText()).isEqualTo("a");
        assertThat(memory.path("channel").asText()).isEqualTo("build");
        assertThat(memory.path("limit").asLong()).isEqualTo(10);
        assertThat(memory.path("inUse").asLong()).isEqualTo(5);
        assertThat(memory.path("peak").asLong()).isEqualTo(7);
        assertThat(memory.path("waiters").asLong()).isEqualTo(1);
        assertThat(memory.path("holders")).hasSize(2);
        assertThat(memory.path("holders").get(0).toString())
                .isEqualTo("{\"id\":\"r1\",\"owner\":\"alice\",\"job\":null,\"amount\":2,"
                        + "\"since\":\"2026-01-31T12:00:00.000Z\",\"expiresAt\":\"2026-01-31T12:00:00.000Z\","
                        + "\"state\":\"GRANTED\"}");
        assertThat(memory.path("holders").get(1).path("job").asText()).isEqualTo(new JobId(1, 1).toString());
        assertThat(memory.path("holders").get(1).path("expiresAt").isNull()).isTrue();
        assertThat(memory.path("waiting").path(0).toString())
                .isEqualTo("{\"id\":\"r3\",\"owner\":\"bob\",\"job\":null,\"type\":\"memory\",\"size\":6,"
                        + "\"since\":\"2026-01-31T12:00:00.000Z\",\"why\":\"alice holds 2 of 10\"}");
        assertThat(reply.path("silentNodes").path(0).asText()).isEqualTo("c");
    }

    @Test
    void listsArePaged() {
        var first = client.get("/management/threads?pageSize=2").json();
        var second = client.get("/management/threads?pageSize=2&pageToken="
                        + first.path("nextPageToken").asText())
                .json();

        assertThat(first.path("items")).hasSize(2);
        assertThat(second.path("items")).hasSize(1);
        assertThat(second.path("nextPageToken").isNull()).isTrue();
        assertThat(client.get("/management/threads?pageToken=x").status()).isEqualTo(422);
    }

    @Test
    void channelsAndJobsAreListedWithTheirFilters() {
        assertThat(client.get("/management/channels")
                        .json()
                        .path("items")
                        .get(0)
                        .path("channel")
                        .path("name")
                        .asText())
                .isEqualTo("default");
        assertThat(client.get("/management/jobs?state=QUEUED&pageSize=5").json().path("items"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/management/health", "/management/audit", "/nowhere"})
    void whatThereIsNotYetIsNotFound(String path) {
        var reply = client.get(path);

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @Test
    void foreignHostIsRefused() {
        assertThat(client.raw("GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
    }

    static final class Report implements NodeReport {
        @Override
        public String name() {
            return "millrace@127.0.0.1:25520";
        }

        @Override
        public String version() {
            return "0.1.0";
        }

        @Override
        public Instant startedAt() {
            return NOON;
        }

        @Override
        public boolean hasStarted() {
            return true;
        }

        @Override
        public CompletionStage<Readiness> readiness() {
            return CompletableFuture.completedFuture(READINESS.get());
        }

        @Override
        public Database database() {
            return new Database("embedded", "127.0.0.1:5432/millrace", "18.4", true, 2, 8);
        }

        @Override
        public int httpConnections() {
            return 3;
        }

        @Override
        public Map<String, Object> details() {
            return Map.of("handlers", List.of("noop"));
        }

        @Override
        public List<Setting> settings() {
            return List.of(
                    new Setting("millrace.http.port", "8080", "environment MILLRACE_HTTP_PORT", false),
                    new Setting("millrace.database.password", "hunter2", "file", true));
        }
    }

    static final class Items implements Inspection {
        @Override
        public CompletionStage<ClusterList<ThreadView>> threads() {
            return listed(thread("a"), thread("a"), thread("b"));
        }

        @Override
        public CompletionStage<ClusterList<ResourceView>> resources() {
            return listed(new ResourceView(
                    "a",
                    BUILD,
                    ResourceType.MEMORY,
                    10,
                    5,
                    7,
                    1,
                    List.of(
                            new ResourceHolder("r1", "alice", null, 2, ResourceState.GRANTED, NOON, NOON),
                            new ResourceHolder("r2", "job", new JobId(1, 1), 3, ResourceState.IN_USE, NOON, null)),
                    List.of(new ResourceWaiter("r3", "bob", null, 6, NOON, "alice holds 2 of 10"))));
        }

        @Override
        public CompletionStage<ClusterList<ProcessView>> processes() {
            return listed(
                    new ProcessView("a", BUILD, new JobId(1, 1), 1, false, 4711, "sleep 60", NOON),
                    new ProcessView("a", BUILD, new JobId(1, 2), 7, true, 4712, "node server.js", NOON));
        }

        @Override
        public CompletionStage<ClusterList<CleanupView>> cleanups() {
            return listed(
                    new CleanupView(
                            "a", BUILD, new JobId(1, 1), 1L, null, null, "COMPLETE", NOON, null, null, "2 resources"),
                    new CleanupView(
                            "a",
                            BUILD,
                            null,
                            null,
                            7L,
                            "drop-temp",
                            "FAILED",
                            NOON,
                            NOON,
                            new CleanupSteps(3, 1, 1, 1),
                            "step 'drop-temp' has failed"));
        }

        @Override
        public CompletionStage<ClusterList<LockUse>> locks() {
            return listed(
                    new LockUse("a", BUILD, new LockName("schema"), 2, "alice", null, 42, NOON, NOON, 3),
                    new LockUse("b", BUILD, new LockName("tables"), null, null, null, 0, null, null, 1));
        }

        private static ThreadView thread(String node) {
            return new ThreadView(
                    node,
                    BUILD,
                    "build-1",
                    "RUNNING",
                    JobKind.HANDLER,
                    new JobId(1, 1),
                    1,
                    1,
                    ThreadPriority.PROCESSING,
                    "sum",
                    NOON);
        }

        @SafeVarargs
        private static <T> CompletionStage<ClusterList<T>> listed(T... items) {
            return CompletableFuture.completedFuture(new ClusterList<>(List.of(items), List.of("c")));
        }
    }
}
