package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.job.JobState;
import io.millrace.edge.ServerTest;
import io.millrace.edge.TestClient.Lines;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventRoutesTest extends ServerTest {
    private static final String EVENTS = "/v1/channels/default/events";

    @Test
    void streamShowsWhatHappenedAndWhatHappens() {
        JobId job = submitted(NO_OP);

        try (Lines lines = client.open(EVENTS)) {
            assertThat(lines.header("Content-Type")).isEqualTo("text/event-stream");
            assertThat(lines.next()).isEqualTo("retry: 2000");
            assertThat(lines.next()).isEqualTo("id: 1-0");
            assertThat(lines.next()).contains("\"type\":\"job.queued\"", "\"jobId\":\"" + job + "\"");

            channels.end(job, JobState.SUCCEEDED, null, "1");

            assertThat(lines.next()).isEqualTo("id: 2-0");
            assertThat(lines.next()).contains("job.succeeded");
        }
    }

    @Test
    void typeAndJobAreFilters() {
        JobId first = submitted(NO_OP);
        JobId second = submitted(NO_OP);
        channels.end(first, JobState.SUCCEEDED, null, null);

        var byType = client.get(EVENTS + "?type=job.succeeded,job.failed", "Accept", "application/json")
                .json();
        var byJob = client.get(path(second) + "/events", "Accept", "application/json")
                .json();

        assertThat(byType.path("items").findValuesAsText("jobId")).containsExactly(first.toString());
        assertThat(byJob.path("items").findValuesAsText("jobId")).containsExactly(second.toString());
    }

    @Test
    void pageContinuesFromItsToken() {
        submitted(NO_OP);
        submitted(NO_OP);

        var first =
                client.get(EVENTS + "?limit=1", "Accept", "application/json").json();
        var second = client.get(
                        EVENTS + "?limit=1&pageToken="
                                + first.path("nextPageToken").asText(),
                        "Accept",
                        "application/json")
                .json();

        assertThat(first.path("items").findValuesAsText("id")).containsExactly("1-0");
        assertThat(second.path("items").findValuesAsText("id")).containsExactly("2-0");
    }

    @Test
    void lastEventIdWinsOverTheAddress() {
        submitted(NO_OP);
        submitted(NO_OP);

        try (Lines lines = client.open(EVENTS + "?after=0-0", "Last-Event-ID", "1-0")) {
            lines.next();
            assertThat(lines.next()).isEqualTo("id: 2-0");
        }
    }

    @Test
    void streamThatIsNotToFollowEndsWhenEverythingWasShown() {
        submitted(NO_OP);

        var reply = client.get(EVENTS + "?follow=false", "Accept", "application/x-ndjson");

        assertThat(reply.body().lines().toList()).hasSize(2);
        assertThat(reply.body().lines().toList().getLast()).contains("\"type\":\"end\"", "\"nextAfter\":\"1-0\"");
    }

    @Test
    void lostEventsAreAnnounced() {
        submitted(NO_OP);
        submitted(NO_OP);
        channels.forget(ChannelName.DEFAULT, 0, 1);

        try (Lines lines = client.open(EVENTS, "Accept", "application/x-ndjson")) {
            assertThat(lines.next()).isEqualTo("{\"type\":\"gap\",\"gap\":{\"missed\":1}}");
            assertThat(lines.next()).contains("\"id\":\"2-0\"");
        }
    }

    @Test
    void silenceIsBrokenByHeartbeats() {
        try (Lines lines = client.open(EVENTS)) {
            lines.nextRaw();
            lines.nextRaw();
            assertThat(lines.nextRaw()).isEqualTo(":");
        }
        try (Lines lines = client.open(EVENTS, "Accept", "application/x-ndjson")) {
            assertThat(lines.nextRaw()).isEmpty();
        }
    }

    @Test
    void eventCarriesItsData() {
        channels.publish(ChannelName.DEFAULT, "disk.low", null, Map.of("freeBytes", 12L));

        var event = client.get(EVENTS, "Accept", "application/json")
                .json()
                .path("items")
                .get(0);

        assertThat(event.path("data").path("freeBytes").asLong()).isEqualTo(12);
        assertThat(event.path("jobId").isNull()).isTrue();
    }
}
