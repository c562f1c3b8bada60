package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What clients see, and what is kept, when a node's database is killed under it. */
class DatabaseLossIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(20);
    private static final int SUBMITTERS = 4;
    private static final long SUBMIT_INTERVAL_MILLIS = 50;
    private static final int PAGE = 500;

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    private final Queue<Submit> submits = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger keys = new AtomicInteger();

    /** One request to submit, and its answer. */
    private record Submit(String key, HttpApi.Reply reply, Duration took) {
        boolean isAccepted() {
            return reply.status() == 201;
        }
    }

    @Test
    void databaseThatIsKilledIsStartedAgainAndEverySubmitIsEitherKeptOrRefused() throws Exception {
        // given
        ForkedNode node = nodes.start("node");
        HttpApi api = node.api();
        api.put("/v1/channels/work", "{\"spec\":{}}").expectSuccess();
        ProcessHandle database = nodes.databaseOf("node").orElseThrow();
        // Without its configuration the server cannot start again before the test allows it.
        Path configuration = nodes.path("node/postgres/data/postgresql.conf");
        Path aside = nodes.path("postgresql.conf");
        try (ScheduledExecutorService clients = Executors.newScheduledThreadPool(SUBMITTERS)) {
            for (int i = 0; i < SUBMITTERS; i++) {
                clients.scheduleWithFixedDelay(() -> submit(api), 0, SUBMIT_INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
            }
            awaitAccepted(20);

            // when
            Files.move(configuration, aside);
            database.destroyForcibly();

            // then
            await().atMost(SOON).until(() -> refused().size() >= SUBMITTERS);
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(reasonsNotToBeReady(node)).contains("is being started again"));

            // when
            Files.move(aside, configuration);

            // then
            await().atMost(SOON).until(() -> node.management().get("/ready").status() == 200);
            awaitAccepted(accepted().size() + 20);
        }
        assertThat(failures).isEmpty();
        assertThat(submits).allSatisfy(DatabaseLossIT::isAcceptedOrRefusedAsUnavailable);
        assertNothingIsLostOrDoubled(api);
        assertThat(nodes.databaseOf("node").orElseThrow().pid()).isNotEqualTo(database.pid());
        assertThat(node.stop()).isZero();
        assertThat(nodes.databaseOf("node")).isEmpty();
    }

    private void submit(HttpApi api) {
        String key = "key-" + keys.incrementAndGet();
        long startedAt = System.nanoTime();
        try {
            HttpApi.Reply reply = api.submit("work", spec(key), key);
            submits.add(new Submit(key, reply, Duration.ofNanos(System.nanoTime() - startedAt)));
        } catch (RuntimeException e) {
            failures.add(e);
        }
    }

    /** The job has the name of its key, so that lists tell what became of the key. */
    private static String spec(String key) {
        return "{\"name\":\"" + key + "\",\"handler\":{\"name\":\"echo\",\"input\":{}}}";
    }

    private List<Submit> accepted() {
        return submits.stream().filter(Submit::isAccepted).toList();
    }

    private List<Submit> refused() {
        return submits.stream().filter(submit -> !submit.isAccepted()).toList();
    }

    private void awaitAccepted(int count) {
        await().atMost(SOON).until(() -> accepted().size() >= count);
    }

    private static String reasonsNotToBeReady(ForkedNode node) {
        HttpApi.Reply ready = node.management().get("/ready");
        return ready.status() == 503 ? ready.body().path("reasons").toString() : "";
    }

    private static void isAcceptedOrRefusedAsUnavailable(Submit submit) {
        assertThat(submit.took()).isLessThan(ANSWER_MAX);
        HttpApi.Reply reply = submit.reply();
        if (submit.isAccepted()) {
            return;
        }
        assertThat(reply.status()).as(reply.body().toString()).isEqualTo(503);
        assertThat(reply.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
        assertThat(reply.headers().firstValue("Retry-After"))
                .hasValueSatisfying(
                        seconds -> assertThat(Integer.parseInt(seconds)).isPositive());
        assertThat(reply.body().path("code").asText()).isEqualTo("UNAVAILABLE");
        assertThat(reply.body().toString()).doesNotContain("Exception", "\\tat ", "org.postgresql");
    }

    private void assertNothingIsLostOrDoubled(HttpApi api) {
        for (Submit submit : accepted()) {
            String id = submit.reply().body().path("id").asText();
            assertThat(api.job("work", id).path("name").asText()).isEqualTo(submit.key());
        }
        for (Submit submit : refused()) {
            JsonNode again =
                    api.submit("work", spec(submit.key()), submit.key()).expectSuccess();
            JsonNode onceMore =
                    api.submit("work", spec(submit.key()), submit.key()).expectSuccess();
            assertThat(onceMore.path("id")).isEqualTo(again.path("id"));
        }
        assertThat(namesOfAllJobs(api))
                .containsExactlyInAnyOrderElementsOf(
                        submits.stream().map(Submit::key).toList());
    }

    private static List<String> namesOfAllJobs(HttpApi api) {
        List<String> names = new ArrayList<>();
        String token = "";
        do {
            JsonNode page =
                    api.get("/v1/channels/work/jobs?pageSize=" + PAGE + token).expect(200);
            page.path("items").forEach(job -> names.add(job.path("name").asText()));
            String next = page.path("nextPageToken").asText("");
            token = next.isEmpty() || next.equals("null") ? "" : "&pageToken=" + next;
        } while (!token.isEmpty());
        return names;
    }
}
