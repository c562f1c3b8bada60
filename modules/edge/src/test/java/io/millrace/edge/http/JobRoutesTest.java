package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.edge.ServerTest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobRoutesTest extends ServerTest {
    private static final String JOBS = "/v1/channels/default/jobs";
    private static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void acceptedJobIsAnsweredWithItsAddressAndDefaultsFilledIn() {
        var reply = client.post(
                JOBS,
                "{\"process\":{\"command\":[\"echo\",\"hi\"]},\"name\":\"greeting\",\"labels\":{\"team\":\"core\"}}");

        var job = reply.json();
        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.header("Content-Type")).isEqualTo("application/json");
        assertThat(reply.header("Location"))
                .isEqualTo(JOBS + "/" + job.path("id").asText());
        assertThat(job.path("state").asText()).isEqualTo("QUEUED");
        assertThat(job.path("kind").asText()).isEqualTo("process");
        assertThat(job.path("spec").path("priority").asText()).isEqualTo("medium");
        assertThat(job.path("spec").path("retry").path("maxAttempts").asInt()).isEqualTo(1);
        assertThat(job.path("labels").path("team").asText()).isEqualTo("core");
        assertThat(job.path("createdAt").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(job.has("error")).isTrue();
    }

    @Test
    void readJobShowsTheSameSpecificationAsItsAcceptance() {
        var accepted = client.post(
                        JOBS,
                        "{\"process\":{\"command\":[\"true\"],\"env\":{\"B\":\"2\",\"A\":\"1\"}},\"timeout\":\"90s\"}")
                .json();

        var read = client.get(JOBS + "/" + accepted.path("id").asText()).json();

        assertThat(read.path("spec")).isEqualTo(accepted.path("spec"));
        assertThat(read.path("spec").path("timeout").asText()).isEqualTo("90s");
    }

    @Test
    void sameKeyAndBodyGiveTheSameJob() {
        var first = client.post(JOBS, NO_OP, "Idempotency-Key", "k1");
        var second = client.post(JOBS, NO_OP, "Idempotency-Key", "k1");

        assertThat(second.status()).isEqualTo(201);
        assertThat(second.json().path("id")).isEqualTo(first.json().path("id"));
        assertThat(first.header("Idempotency-Replayed")).isEmpty();
        assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
    }

    @Test
    void sameKeyWithAnotherBodyIsRefused() {
        client.post(JOBS, NO_OP, "Idempotency-Key", "k1");

        var reply = client.post(JOBS, "{\"handler\":{\"name\":\"other\"}}", "Idempotency-Key", "k1");

        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().path("code").asText()).isEqualTo("INVALID_ARGUMENT");
    }

    @Test
    void keyOfASubmitDoesNotStandForABatch() {
        client.post(JOBS, "{\"jobs\":[" + NO_OP + "]}", "Idempotency-Key", "k1");
        var batch = client.post(JOBS + ":batchCreate", "{\"jobs\":[" + NO_OP + "]}", "Idempotency-Key", "k2");
        var single = client.post(JOBS, NO_OP, "Idempotency-Key", "k2");

        assertThat(batch.status()).isEqualTo(201);
        assertThat(single.status()).isEqualTo(422);
    }

    @Test
    void batchIsAnsweredInOrder() {
        var reply = client.post(JOBS + ":batchCreate", "{\"jobs\":[" + NO_OP + "," + NO_OP + "," + NO_OP + "]}");

        var items = reply.json().path("items");
        assertThat(reply.status()).isEqualTo(201);
        assertThat(items).hasSize(3);
        assertThat(items.findValuesAsText("id")).isSorted();
        assertThat(items.get(0).path("state").asText()).isEqualTo("QUEUED");
    }

    @Test
    void batchMayHaveOneJobPerLine() {
        var reply = client.post(
                JOBS + ":batchCreate", NO_OP + "\n\n" + NO_OP + "\n", "Content-Type", "application/x-ndjson");

        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.json().path("items")).hasSize(2);
    }

    @Test
    void traceparentGoesToTheChannelWithEveryJobAndIsNotShown() {
        var single = client.post(JOBS, NO_OP, "traceparent", TRACEPARENT);
        var batch = client.post(
                JOBS + ":batchCreate", "{\"jobs\":[" + NO_OP + "," + NO_OP + "]}", "traceparent", TRACEPARENT);
        var lines = client.post(
                JOBS + ":batchCreate",
                NO_OP + "\n",
                "Content-Type",
                "application/x-ndjson",
                "traceparent",
                TRACEPARENT);
        var read = client.get(JOBS + "/" + single.json().path("id").asText());

        assertThat(batch.status()).isEqualTo(201);
        assertThat(lines.status()).isEqualTo(201);
        assertThat(channels.submitted())
                .extracting(JobSpec::traceparent)
                .hasSize(4)
                .containsOnly(TRACEPARENT);
        assertThat(single.body()).doesNotContain("traceparent");
        assertThat(read.body()).contains("noop").doesNotContain("traceparent");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            })
    void invalidTraceparentCountsAsNone(String traceparent) {
        var reply = client.post(JOBS, NO_OP, "traceparent", traceparent);

        assertThat(reply.status()).isEqualTo(201);
        assertThat(channels.submitted()).extracting(JobSpec::traceparent).containsExactly((String) null);
    }

    @Test
    void traceparentIsNoPartOfWhatAKeyStandsFor() {
        var first = client.post(JOBS, NO_OP, "Idempotency-Key", "k1", "traceparent", TRACEPARENT);
        var second = client.post(JOBS, NO_OP, "Idempotency-Key", "k1");

        assertThat(second.status()).isEqualTo(201);
        assertThat(second.json().path("id")).isEqualTo(first.json().path("id"));
    }

    @Test
    void waitOnSubmitIsAnsweredWhenTheJobHasEnded() {
        channels.whenSubmitted(id -> channels.end(id, JobState.SUCCEEDED, null, "{\"sum\":3}"));

        var job = client.post(JOBS, NO_OP, "Prefer", "respond-async, wait=10");

        assertThat(job.status()).isEqualTo(201);
        assertThat(job.header("Preference-Applied")).isEqualTo("wait=10");
        assertThat(job.json().path("state").asText()).isEqualTo("SUCCEEDED");
        assertThat(job.json().path("result").path("sum").asInt()).isEqualTo(3);
    }

    @Test
    void waitIsAnsweredWithTheStateAsItIsWhenTheTimeIsUp() {
        JobId job = submitted(NO_OP);

        var reply = client.post(path(job) + ":wait?timeout=20ms", "");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("state").asText()).isEqualTo("QUEUED");
    }

    @Test
    void waitMayBeAGet() {
        JobId job = submitted(NO_OP);
        channels.end(job, JobState.SUCCEEDED, null, "3");

        assertThat(client.get(path(job) + ":wait").json().path("state").asText())
                .isEqualTo("SUCCEEDED");
    }

    @Test
    void listIsPagedNewestFirst() {
        JobId first = submitted(NO_OP);
        JobId second = submitted(NO_OP);

        var page = client.get(JOBS + "?pageSize=1").json();
        var next = client.get(JOBS + "?pageSize=1&pageToken="
                        + page.path("nextPageToken").asText())
                .json();

        assertThat(page.path("items").findValuesAsText("id")).containsExactly(second.toString());
        assertThat(next.path("items").findValuesAsText("id")).containsExactly(first.toString());
        assertThat(next.path("nextPageToken").isNull()).isTrue();
    }

    @Test
    void listIsFilteredByStateKindLabelAndTime() {
        JobId core = submitted("{\"handler\":{\"name\":\"noop\"},\"labels\":{\"team\":\"core:a\"}}");
        JobId process = submitted("{\"process\":{\"command\":[\"true\"]}}");
        channels.end(process, JobState.FAILED, 1, null);

        assertThat(ids(JOBS + "?label=team:core:a")).containsExactly(core.toString());
        assertThat(ids(JOBS + "?state=FAILED,LOST")).containsExactly(process.toString());
        assertThat(ids(JOBS + "?state=QUEUED&state=FAILED")).hasSize(2);
        assertThat(ids(JOBS + "?kind=handler")).containsExactly(core.toString());
        assertThat(ids(JOBS + "?since=2000-01-01T00:00:00Z&until=2001-01-01T00:00:00%2B01:00"))
                .isEmpty();
        assertThat(ids("/v1/jobs?kind=process")).containsExactly(process.toString());
    }

    @Test
    void cancelAndRetryAnswerWithTheJob() {
        JobId job = submitted(NO_OP);

        assertThat(client.post(path(job) + ":cancel", "").json().path("state").asText())
                .isEqualTo("CANCELLED");
        assertThat(client.post(path(job) + ":retry", "{}").json().path("state").asText())
                .isEqualTo("QUEUED");
    }

    @Test
    void operationThatTheStateForbidsIsAConflict() {
        JobId job = submitted(NO_OP);

        var reply = client.post(path(job) + ":retry", "");

        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.json().path("code").asText()).isEqualTo("INVALID_STATE");
    }

    @Test
    void resultAndAttemptsShowWhatAnEndedJobCameTo() {
        JobId job = submitted("{\"process\":{\"command\":[\"false\"]}}");
        channels.end(job, JobState.FAILED, 1, null);

        var result = client.get(path(job) + "/result").json();
        var attempts = client.get(path(job) + "/attempts").json();

        assertThat(result.path("state").asText()).isEqualTo("FAILED");
        assertThat(result.path("exitCode").asInt()).isEqualTo(1);
        assertThat(result.path("error").path("code").asText()).isEqualTo("TIMEOUT");
        assertThat(result.path("error").path("timeout").asBoolean()).isTrue();
        assertThat(attempts.path("items")).hasSize(1);
    }

    @Test
    void resultOfAJobThatHasNotEndedSaysHowToWait() {
        JobId job = submitted(NO_OP);

        var reply = client.get(path(job) + "/result");

        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.json().path("detail").asText()).contains("QUEUED", ":wait");
    }

    @Test
    void unknownJobAndMalformedIdAreNotFound() {
        assertThat(client.get(JOBS + "/" + new JobId(1, 1)).status()).isEqualTo(404);
        assertThat(client.get(JOBS + "/nonsense").status()).isEqualTo(404);
        assertThat(client.get("/v1/channels/nowhere/jobs").status()).isEqualTo(404);
    }

    @Test
    void fullQueueIsAnsweredWithTheTimeToTryAgain() {
        client.put("/v1/channels/small", "{\"queue\":{\"max\":1}}");
        client.post("/v1/channels/small/jobs", NO_OP);

        var reply = client.post("/v1/channels/small/jobs", NO_OP);

        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.header("Retry-After")).isEqualTo("3");
        assertThat(reply.json().path("temporary").asBoolean()).isTrue();
    }

    @Test
    void unavailableChannelIsAnsweredWithTheTimeToTryAgain() {
        channels.failNext(Problem.of(ErrorCode.UNAVAILABLE, "Channels", "The database does not answer."));

        var reply = client.post(JOBS, NO_OP);

        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.header("Retry-After")).isEqualTo("1");
    }

    @Test
    void jobIsReportedAcceptedEvenIfItsWaitFails() {
        JobId ended = submitted(NO_OP);
        channels.failNextAwait(Problem.of(ErrorCode.UNAVAILABLE, "Channels", "The channel moves."));

        var reply = client.post(JOBS, NO_OP, "Prefer", "wait=5");

        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.json().path("id").asText()).isNotEqualTo(ended.toString());
    }

    private List<String> ids(String path) {
        return client.get(path).json().path("items").findValuesAsText("id");
    }
}
