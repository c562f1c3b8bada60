package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.log.LogStream;
import io.millrace.contracts.process.ProcessView;
import io.millrace.edge.ServerTest;
import io.millrace.edge.TestClient.Lines;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogRoutesTest extends ServerTest {
    private static final String EVENTS = "text/event-stream";

    private JobId job;
    private long firstCursor;

    @BeforeEach
    void aJobThatWroteThreeLines() {
        job = submitted("{\"process\":{\"command\":[\"sh\",\"-c\",\"…\"]}}");
        firstCursor = channels.line(job, LogStream.STDOUT, "one");
        channels.line(job, LogStream.STDERR, "two");
        channels.line(job, LogStream.STDOUT, "three");
    }

    @Test
    void pageHasEveryFieldOfALine() {
        var page = client.get(path(job) + "/logs").json();

        var line = page.path("items").get(1);
        assertThat(page.path("items").findValuesAsText("content")).containsExactly("one", "two", "three");
        assertThat(line.path("cursor").asLong()).isEqualTo(firstCursor + 1);
        assertThat(line.path("id").asText()).isEqualTo(Long.toString(firstCursor + 1));
        assertThat(line.path("jobId").asText()).isEqualTo(job.toString());
        assertThat(line.path("stream").asText()).isEqualTo("stderr");
        assertThat(line.path("isError").asBoolean()).isTrue();
        assertThat(line.fieldNames())
                .toIterable()
                .contains("channel", "processId", "processName", "attempt", "timestamp", "level", "tags");
        assertThat(page.path("isComplete").asBoolean()).isFalse();
    }

    @Test
    void outputOfOneProcessIsRemovedOrOfTheWholeChannel() {
        ProcessView web = startedProcess();
        channels.line(web, LogStream.STDOUT, "listening");
        String logs = "/v1/channels/default/logs";

        var ofOne = client.send("DELETE", logs + "?process=" + web.spec().name(), "");

        assertThat(ofOne.status()).as(ofOne.body()).isEqualTo(200);
        assertThat(ofOne.json().path("bytesRemoved").asLong()).isPositive();
        assertThat(client.get(logs).json().path("items").findValuesAsText("content"))
                .containsExactly("one", "two", "three");
        assertThat(client.send("DELETE", logs + "?process=nobody", "").status()).isEqualTo(404);
        assertThat(client.send("DELETE", logs + "?job=nobody", "").status()).isEqualTo(400);
        assertThat(client.send("DELETE", logs, "").status()).isEqualTo(200);
        assertThat(client.get(logs).json().path("items")).isEmpty();
    }

    @Test
    void lineOfAProcessHasItsNameAndNoJob() {
        ProcessView web = startedProcess();
        channels.line(web, LogStream.STDOUT, "listening");

        var ofProcess = client.get(processPath() + "/logs").json().path("items");
        var ofChannel = client.get("/v1/channels/default/logs").json().path("items");

        assertThat(ofProcess).hasSize(1);
        assertThat(ofProcess.path(0).path("jobId").isNull()).isTrue();
        assertThat(ofProcess.path(0).path("processId").asText())
                .isEqualTo(web.id().toString());
        assertThat(ofProcess.path(0).path("processName").asText()).isEqualTo("web");
        assertThat(ofChannel.path(3)).isEqualTo(ofProcess.path(0));
        assertThat(ofChannel.path(0).path("jobId").asText()).isEqualTo(job.toString());
        assertThat(ofChannel.path(0).path("processId").isNull()).isTrue();
        assertThat(ofChannel.path(0).path("processName").isNull()).isTrue();
    }

    @Test
    void outputOfAProcessIsReadLikeThatOfAJob() {
        ProcessView web = startedProcess();
        long first = channels.line(web, LogStream.STDOUT, "one");
        channels.line(web, LogStream.STDERR, "two");
        String logs = processPath() + "/logs";

        assertThat(client.get(logs, "Accept", "text/plain").body()).isEqualTo("one\ntwo\n");
        assertThat(client.get(logs + "?stream=stderr", "Accept", "text/plain").body())
                .isEqualTo("two\n");
        assertThat(client.get(logs + "?tail=1", "Accept", "text/plain").body()).isEqualTo("two\n");
        assertThat(client.get(logs + "?after=" + first, "Accept", "text/plain").body())
                .isEqualTo("two\n");
        assertThat(client.get(logs + "?contains=on&limit=1", "Accept", "text/plain")
                        .body())
                .isEqualTo("one\n");
    }

    @Test
    void followerOfAProcessGoesOnOverRunsAndEndsWithIt() {
        ProcessView web = startedProcess();
        channels.processes().run(web.id(), true);
        try (Lines lines = client.open(processPath() + "/logs?follow=true", "Accept", "text/plain")) {
            channels.line(web, LogStream.STDOUT, "first run");
            assertThat(lines.next()).isEqualTo("first run");

            channels.processes().run(web.id(), true);
            channels.line(web, LogStream.STDOUT, "second run");
            assertThat(lines.next()).isEqualTo("second run");

            channels.processes().end(web.id(), 0);
            channels.processEnded();
            assertThat(lines.rest()).isEmpty();
        }
    }

    @Test
    void textIsTheBareLines() {
        var reply = client.get(path(job) + "/logs", "Accept", "text/plain");

        assertThat(reply.header("Content-Type")).isEqualTo("text/plain; charset=UTF-8");
        assertThat(reply.body()).isEqualTo("one\ntwo\nthree\n");
    }

    @Test
    void linesAreOneObjectEach() {
        var reply = client.get(path(job) + "/logs", "Accept", "application/x-ndjson");

        assertThat(reply.header("Content-Type")).isEqualTo("application/x-ndjson");
        assertThat(reply.body().lines().limit(3)).allMatch(line -> line.contains("\"content\""));
    }

    @Test
    void filtersAreAppliedOnTheServer() {
        assertThat(text("?stream=stderr")).isEqualTo("two\n");
        assertThat(text("?contains=hre")).isEqualTo("three\n");
        assertThat(text("?tail=1")).isEqualTo("three\n");
        assertThat(text("?limit=2")).isEqualTo("one\ntwo\n");
        assertThat(text("?after=" + firstCursor)).isEqualTo("two\nthree\n");
        assertThat(text("?since=2100-01-01T00:00:00Z")).isEmpty();
    }

    @Test
    void pagesContinueFromOneAnother() {
        var first = client.get(path(job) + "/logs?limit=2").json();
        var second = client.get(path(job) + "/logs?limit=2&pageToken="
                        + first.path("nextPageToken").asText())
                .json();

        assertThat(second.path("items").findValuesAsText("content")).containsExactly("three");
        assertThat(second.path("nextPageToken").isNull()).isTrue();
    }

    @Test
    void followerSeesWhatIsThereAndWhatComesAndEndsWithTheJob() {
        try (Lines lines = client.open(path(job) + "/logs?follow=true", "Accept", EVENTS)) {
            assertThat(lines.header("Content-Type")).isEqualTo(EVENTS);
            assertThat(lines.next()).isEqualTo("retry: 2000");
            assertThat(lines.next()).isEqualTo("id: " + firstCursor);
            assertThat(lines.next()).startsWith("data: ").contains("\"content\":\"one\"");
            lines.next();
            lines.next();
            lines.next();
            assertThat(lines.next()).contains("three");

            channels.line(job, LogStream.STDOUT, "four");
            assertThat(lines.next()).isEqualTo("id: " + (firstCursor + 3));
            assertThat(lines.next()).contains("four");

            channels.end(job, JobState.SUCCEEDED, 0, null);
            assertThat(lines.next()).isEqualTo("event: end");
            assertThat(lines.next()).contains("\"isComplete\":true");
            assertThat(lines.rest()).isEmpty();
        }
    }

    @Test
    void followerThatConnectsAgainContinuesWithoutGapOrRepeat() {
        try (Lines lines = client.open(
                path(job) + "/logs?follow=true&tail=1", "Accept", EVENTS, "Last-Event-ID", "" + firstCursor)) {
            lines.next();
            assertThat(lines.next()).isEqualTo("id: " + (firstCursor + 1));
            assertThat(lines.next()).contains("two");
            assertThat(lines.next()).isEqualTo("id: " + (firstCursor + 2));
        }
    }

    @Test
    void silenceIsBrokenByHeartbeats() {
        try (Lines lines = client.open(path(job) + "/logs?follow=true&after=" + (firstCursor + 2), "Accept", EVENTS)) {
            assertThat(lines.nextRaw()).isEqualTo("retry: 2000");
            assertThat(lines.nextRaw()).isEmpty();
            assertThat(lines.nextRaw()).isEqualTo(":");
            assertThat(lines.nextRaw()).isEmpty();
            assertThat(lines.nextRaw()).isEqualTo(":");
        }
    }

    @Test
    void lostLinesAreAnnounced() {
        channels.forget(ChannelName.DEFAULT, 2, 0);

        try (Lines lines = client.open(path(job) + "/logs?follow=true", "Accept", EVENTS)) {
            lines.next();
            assertThat(lines.next()).isEqualTo("event: gap");
            assertThat(lines.next()).isEqualTo("data: {\"missed\":2}");
            assertThat(lines.next()).isEqualTo("id: " + (firstCursor + 2));
        }
        assertThat(text("")).startsWith("[2 missed").endsWith("three\n");
        assertThat(client.get(path(job) + "/logs").json().path("missed").asInt())
                .isEqualTo(2);
    }

    @Test
    void streamSurvivesAChannelThatCannotAnswerForAWhile() {
        try (Lines lines = client.open(path(job) + "/logs?follow=true&after=" + (firstCursor + 2), "Accept", EVENTS)) {
            lines.next();
            channels.failNext(Problem.of(ErrorCode.UNAVAILABLE, "Channels", "The channel moves to another node."));
            channels.failNext(Problem.of(ErrorCode.TIMEOUT, "Channels", "No answer in time."));
            channels.line(job, LogStream.STDOUT, "four");

            assertThat(lines.next()).isEqualTo("id: " + (firstCursor + 3));
        }
    }

    @Test
    void streamThatCannotGoOnSaysWhy() {
        try (Lines lines = client.open(path(job) + "/logs?follow=true&after=" + (firstCursor + 2), "Accept", EVENTS)) {
            lines.next();
            channels.failNext(Problem.of(ErrorCode.NOT_FOUND, "Channels", "The channel was removed."));
            channels.line(job, LogStream.STDOUT, "four");

            assertThat(lines.next()).isEqualTo("event: error");
            assertThat(lines.next()).contains("NOT_FOUND", "The channel was removed.");
            assertThat(lines.rest()).isEmpty();
        }
    }

    @Test
    void followerOfAnUnknownJobIsAnsweredWithAProblem() {
        var reply = client.get(path(new JobId(1, 1)) + "/logs?follow=true", "Accept", EVENTS);

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @Test
    void logOfAChannelHasTheLinesOfAllJobs() {
        JobId other = submitted(NO_OP);
        channels.line(other, LogStream.SYSTEM, "dropped 5 bytes");

        var page = client.get("/v1/channels/default/logs?after=" + (firstCursor + 1))
                .json();

        assertThat(page.path("items").findValuesAsText("jobId")).containsExactly(job.toString(), other.toString());
        assertThat(page.path("items").findValuesAsText("level")).containsExactly("info", "warn");
    }

    @Test
    void typeThatThereIsNotIsRefused() {
        var reply = client.get(path(job) + "/logs?follow=true", "Accept", "application/xml");

        assertThat(reply.status()).isEqualTo(406);
        assertThat(reply.json().path("detail").asText()).contains(EVENTS);
    }

    private String text(String query) {
        return client.get(path(job) + "/logs" + query, "Accept", "text/plain").body();
    }

    private ProcessView startedProcess() {
        var started = client.post("/v1/channels/default/processes", "{\"name\":\"web\",\"command\":[\"true\"]}");
        JobId id = JobId.parse(started.json().path("id").asText());
        return Objects.requireNonNull(channels.processes().process(id));
    }

    private static String processPath() {
        return "/v1/channels/default/processes/web";
    }
}
