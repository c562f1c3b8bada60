package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.edge.InMemoryLocks;
import io.millrace.edge.ServerTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CleanupRoutesTest extends ServerTest {
    private static final String CLEANUPS = "/v1/channels/default/cleanups";
    private static final String DROP_TEMP = "{\"name\":\"drop-temp\",\"dependsOn\":[\"stop-web\"],\"timeout\":\"2s\","
            + "\"action\":{\"process\":{\"command\":[\"rm\",\"-rf\",\"tmp\"]}}}";
    private static final String STOP_WEB = "{\"name\":\"stop-web\",\"release\":\"processes\"}";
    private static final String FAILING = "{\"name\":\"stop-web\",\"handler\":{\"name\":\"fail\"}}";

    @Test
    void registeredTaskIsShownWhereItsLocationSays() {
        var registered = client.post(CLEANUPS, DROP_TEMP);

        assertThat(registered.status()).as(registered.body()).isEqualTo(201);
        assertThat(registered.header("Location")).isEqualTo(CLEANUPS + "/drop-temp");
        assertThat(client.get(registered.header("Location")).json()).isEqualTo(registered.json());
    }

    @Test
    @Proves("C-38")
    void taskHasEveryField() {
        JsonNode task = client.post(CLEANUPS, DROP_TEMP).json();

        assertThat(task.path("name").asText()).isEqualTo("drop-temp");
        assertThat(task.path("dependsOn").path(0).asText()).isEqualTo("stop-web");
        assertThat(task.path("timeout").asText()).isEqualTo("2s");
        assertThat(task.path("action").path("process").path("command")).hasSize(3);
        assertThat(task.path("repeatable").asBoolean()).isTrue();
        assertThat(task.path("reversible").asBoolean(true)).isFalse();
        assertThat(task.path("channel").asText()).isEqualTo("default");
        assertThat(task.path("status").asText()).isEqualTo("NOT_STARTED");
        assertThat(task.properties().stream()
                        .filter(field -> field.getValue().isNull())
                        .map(Map.Entry::getKey))
                .containsExactly("latest");
    }

    @Test
    void taskThatNamesNoTimeoutShowsTheOneItHas() {
        JsonNode task = client.post(CLEANUPS, STOP_WEB).json();

        assertThat(task.path("timeout").asText()).isEqualTo("30s");
    }

    @Test
    void nameCanBeRegisteredOnce() {
        client.post(CLEANUPS, STOP_WEB);

        var again = client.post(CLEANUPS, STOP_WEB);

        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().path("code").asText()).isEqualTo("ALREADY_EXISTS");
    }

    @Test
    void sameKeyAndBodyGiveTheSameTask() {
        var first = client.post(CLEANUPS, STOP_WEB, "Idempotency-Key", "k");
        var second = client.post(CLEANUPS, STOP_WEB, "Idempotency-Key", "k");
        var other = client.post(CLEANUPS, DROP_TEMP, "Idempotency-Key", "k");

        assertThat(first.header("Idempotency-Replayed")).isEmpty();
        assertThat(second.status()).isEqualTo(201);
        assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(second.json()).isEqualTo(first.json());
        assertThat(other.status()).isEqualTo(422);
    }

    @Test
    @Proves("C-02")
    void wrongTaskIsRefusedWithEveryFieldThatIsWrong() {
        var reply = client.post(CLEANUPS, "{\"name\":\"a b\",\"timeout\":\"2h\",\"action\":{}}");

        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().path("violations").findValuesAsText("field"))
                .containsExactly("name", "timeout", "action");
    }

    @Test
    void unknownFieldOfATaskIsRefused() {
        var reply = client.post(CLEANUPS, "{\"name\":\"a\",\"release\":\"all\",\"depends\":[\"b\"]}");

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.json().path("detail").asText()).contains("dependsOn");
    }

    @Test
    void taskIsFoundByItsHandleAsByItsName() {
        String handle = client.post(CLEANUPS, STOP_WEB).json().path("handle").asText();

        var found = client.get(CLEANUPS + "/" + handle);

        assertThat(found.status()).as(found.body()).isEqualTo(200);
        assertThat(found.json().path("name").asText()).isEqualTo("stop-web");
        assertThat(client.post(CLEANUPS + "/" + handle + ":execute", "").status())
                .isEqualTo(200);
    }

    @Test
    void handleOfAnotherChannelIsRefused() {
        client.post(CLEANUPS, STOP_WEB);
        String foreign = HandleText.format(InMemoryLocks.SEALS.seal(
                HandleType.CLEANUP, "stop-web", new ChannelName("other"), 1, "millrace@127.0.0.1:25520"));

        var reply = client.post(CLEANUPS + "/" + foreign + ":execute", "");

        assertThat(reply.status()).isEqualTo(403);
        assertThat(client.get(CLEANUPS + "/stop-web").json().path("latest").isNull())
                .isTrue();
    }

    @Test
    void tasksAreListedByNameInPages() {
        client.post(CLEANUPS, STOP_WEB);
        client.post(CLEANUPS, DROP_TEMP);

        JsonNode first = client.get(CLEANUPS + "?pageSize=1").json();
        JsonNode second = client.get(CLEANUPS + "?pageSize=1&pageToken="
                        + first.path("nextPageToken").asText())
                .json();

        assertThat(first.path("items").findValuesAsText("status")).hasSize(1);
        assertThat(first.path("items").path(0).path("name").asText()).isEqualTo("drop-temp");
        assertThat(second.path("items").path(0).path("name").asText()).isEqualTo("stop-web");
        assertThat(second.path("nextPageToken").isNull()).isTrue();
    }

    @Test
    void executionIsAnsweredWithEveryStepAndWhatWentBack() {
        client.post(CLEANUPS, STOP_WEB);
        client.post(CLEANUPS, DROP_TEMP);

        var reply = client.post(CLEANUPS + "/drop-temp:execute", "");

        JsonNode result = reply.json();
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(result.path("status").asText()).isEqualTo("COMPLETE");
        assertThat(result.path("duration").asText()).isEqualTo("12ms");
        assertThat(result.path("root").asText()).isEqualTo("drop-temp");
        assertThat(result.path("run").asLong()).isEqualTo(1);
        assertThat(result.path("memoryReclaimed").asBoolean()).isTrue();
        assertThat(result.path("released").path("processes").isNumber()).isTrue();
        assertThat(result.path("steps").findValuesAsText("name")).containsExactly("stop-web", "drop-temp");
        JsonNode step = result.path("steps").path(0);
        assertThat(step.path("status").asText()).isEqualTo("COMPLETE");
        assertThat(step.path("duration").asText()).isEqualTo("3ms");
        assertThat(step.path("error").isNull()).isTrue();
        assertThat(client.get(CLEANUPS + "/drop-temp").json().path("latest")).isEqualTo(result);
    }

    @Test
    void failedStepSaysWhyAndWhatWasSkippedBehindIt() {
        client.post(CLEANUPS, FAILING);
        client.post(CLEANUPS, DROP_TEMP);

        JsonNode result = client.post(CLEANUPS + "/drop-temp:execute", "").json();

        assertThat(result.path("status").asText()).isEqualTo("COMPLETE_WITH_FAILURES");
        assertThat(result.path("steps").findValuesAsText("status")).containsExactly("FAILED", "SKIPPED");
        assertThat(result.path("steps").path(0).path("error").path("code").asText())
                .isEqualTo("INVALID_STATE");
        assertThat(result.path("steps").path(1).path("duration").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"wait=5,5,wait=5", "wait=0,0,wait=0", "wait=600,60,wait=60", "respond-async,60,''"})
    void executionIsWaitedForAsLongAsTheClientPrefersUpToTheLimit(String prefer, long seconds, String applied) {
        client.post(CLEANUPS, STOP_WEB);

        var reply = client.post(CLEANUPS + "/stop-web:execute", "", "Prefer", prefer);

        assertThat(channels.cleanups().waits()).containsExactly(Duration.ofSeconds(seconds));
        assertThat(reply.header("Preference-Applied")).isEqualTo(applied);
    }

    @Test
    void executionThatGoesOnIsShownAsItIs() {
        client.post(CLEANUPS, STOP_WEB);
        channels.cleanups().holdExecutions();

        var reply = client.post(CLEANUPS + "/stop-web:execute", "", "Prefer", "wait=0");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("status").asText()).isEqualTo("RUNNING");
        assertThat(reply.json().path("endedAt").isNull()).isTrue();
        assertThat(reply.json().path("memoryReclaimed").isNull()).isTrue();
        assertThat(client.send("DELETE", CLEANUPS + "/stop-web", "").status()).isEqualTo(409);
    }

    @Test
    void wholeChannelIsCleanedUpWithoutARoot() {
        client.post(CLEANUPS, STOP_WEB);

        JsonNode result = client.post(CLEANUPS + ":executeAll", "").json();

        assertThat(result.path("root").isNull()).isTrue();
        assertThat(result.path("released").path("locks").asLong()).isEqualTo(3);
        assertThat(channels.cleanups().waits()).containsExactly(Duration.ofMinutes(1));
    }

    @Test
    void rollbackSaysWhetherItWorkedAndWhyNot() {
        client.post(CLEANUPS, STOP_WEB);

        JsonNode never = client.post(CLEANUPS + "/stop-web:rollback", "").json();
        client.post(CLEANUPS + "/stop-web:execute", "");
        JsonNode done = client.post(CLEANUPS + "/stop-web:rollback", "").json();

        assertThat(never.path("rolledBack").asBoolean(true)).isFalse();
        assertThat(never.path("reason").asText()).isNotEmpty();
        assertThat(done.path("rolledBack").asBoolean()).isTrue();
        assertThat(client.get(CLEANUPS + "/stop-web").json().path("status").asText())
                .isEqualTo("ROLLED_BACK");
    }

    @Test
    @Proves("C-38")
    void missingDependencyIsReportedWithItsEdge() {
        client.post(CLEANUPS, DROP_TEMP);

        JsonNode report =
                client.post(CLEANUPS + "/drop-temp:validateDependencies", "").json();

        assertThat(report.path("valid").asBoolean(true)).isFalse();
        assertThat(report.path("missing").path(0).path("task").asText()).isEqualTo("drop-temp");
        assertThat(report.path("missing").path(0).path("dependency").asText()).isEqualTo("stop-web");
        assertThat(report.path("order").path(0).asText()).isEqualTo("drop-temp");
        assertThat(report.path("cycles")).isEmpty();
        assertThat(report.path("forbiddenCrossChannel")).isEmpty();
        assertThat(report.path("failed")).isEmpty();
    }

    @Test
    void handleIsValidatedAgainstEveryBoundary() {
        client.post(CLEANUPS, STOP_WEB);

        JsonNode good = client.post(CLEANUPS + "/stop-web:validate", "").json();
        JsonNode bad = client.post(CLEANUPS + "/stop-web:validate", "{\"handle\":\"mh1.forged\"}")
                .json();

        assertThat(good.path("passed").asBoolean()).isTrue();
        assertThat(bad.path("passed").asBoolean(true)).isFalse();
        assertThat(bad.path("violations").findValuesAsText("boundary")).contains("AUTHENTICITY");
    }

    @Test
    void historyIsListedNewestFirst() {
        client.post(CLEANUPS, STOP_WEB);
        client.post(CLEANUPS + "/stop-web:execute", "");

        JsonNode history = client.get(CLEANUPS + "/stop-web/history").json();

        assertThat(history.path("items").findValuesAsText("what")).containsExactly("EXECUTION_ENDED", "REGISTERED");
        assertThat(history.path("items").path(1).path("run").isNull()).isTrue();
    }

    @Test
    @Proves("C-43")
    void numbersAreShownOfATaskAndOfTheChannel() {
        client.post(CLEANUPS, STOP_WEB);
        client.post(CLEANUPS + "/stop-web:execute", "");

        JsonNode metrics = client.get(CLEANUPS + "/stop-web/metrics").json();
        JsonNode totals = client.get(CLEANUPS + ":metrics").json();

        assertThat(metrics.path("executions").asLong()).isEqualTo(1);
        for (String timing : List.of("latest", "average", "longest")) {
            assertThat(metrics.path(timing).asText()).as(timing).isEqualTo("12ms");
        }
        assertThat(totals.path("tasks").asLong()).isEqualTo(1);
    }

    @Test
    void breachOfIsolationIsReported() {
        channels.cleanups().plant(new IsolationReport.Breach("schema", "lock", "It was taken back."));

        JsonNode report = client.post(CLEANUPS + ":verifyIsolation", "").json();

        assertThat(report.path("isolated").asBoolean(true)).isFalse();
        assertThat(report.path("violations").path(0).path("subject").asText()).isEqualTo("schema");
    }

    @Test
    void taskIsRemovedOnce() {
        client.post(CLEANUPS, STOP_WEB);

        var first = client.send("DELETE", CLEANUPS + "/stop-web", "");
        var second = client.send("DELETE", CLEANUPS + "/stop-web", "");

        assertThat(first.json().path("removed").asBoolean()).isTrue();
        assertThat(second.json().path("removed").asBoolean(true)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {":execute", ":rollback", ":validate", ":validateDependencies"})
    void unknownTaskIsNotFound(String verb) {
        assertThat(client.post(CLEANUPS + "/nothing" + verb, "").status()).isEqualTo(404);
        assertThat(client.post("/v1/channels/nowhere/cleanups/nothing" + verb, "")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void cleanupOfAJobIsShownWithIt() {
        var submitted = client.post(
                "/v1/channels/default/jobs",
                "{\"handler\":{\"name\":\"noop\"},\"cleanup\":[{\"name\":\"a\",\"process\":{\"command\":[\"true\"]}}]}");

        JsonNode task = client.get(submitted.header("Location"))
                .json()
                .path("spec")
                .path("cleanup")
                .path(0);

        assertThat(task.path("name").asText()).isEqualTo("a");
        assertThat(task.path("process").path("command").path(0).asText()).isEqualTo("true");
    }

    @Test
    void cleanupBehindAJobShowsItsSteps() {
        JobId job = submitted(NO_OP);
        assertThat(client.get(path(job) + "/cleanup").status()).isEqualTo(404);

        channels.cleanups().cleanUpBehind(job);

        JsonNode cleanup = client.get(path(job) + "/cleanup").json();
        assertThat(cleanup.path("job").asText()).isEqualTo(job.toString());
        assertThat(cleanup.path("status").asText()).isEqualTo("COMPLETE");
        assertThat(cleanup.path("steps").path(0).path("node").asText()).isNotEmpty();
        JsonNode returned = cleanup.path("returned").path(0);
        assertThat(returned.path("type").asText()).isEqualTo("lock");
        assertThat(returned.path("ids").path(0).asText()).isEqualTo("schema-7");
        assertThat(returned.path("from").asText()).isEqualTo("node-2");
        assertThat(returned.path("end").asText()).isEqualTo("RETURNED");
        assertThat(returned.path("by").asText()).isEqualTo("LockManager");
        assertThat(returned.path("at").asText()).isNotEmpty();
        assertThat(returned.path("notedAt").isNull()).isTrue();
    }

    @Test
    void jobWhoseCleanupLeadsInACircleIsRefusedAndNothingIsSubmitted() {
        var reply = client.post(
                "/v1/channels/default/jobs",
                "{\"handler\":{\"name\":\"noop\"},\"cleanup\":["
                        + "{\"name\":\"a\",\"dependsOn\":[\"b\"],\"process\":{\"command\":[\"true\"]}},"
                        + "{\"name\":\"b\",\"dependsOn\":[\"a\"],\"process\":{\"command\":[\"true\"]}}]}");

        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().path("violations").path(0).path("message").asText())
                .contains("a → b → a");
        assertThat(client.get("/v1/channels/default/jobs").json().path("items")).isEmpty();
    }
}
