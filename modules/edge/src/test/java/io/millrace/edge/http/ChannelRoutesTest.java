package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.edge.ServerTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelRoutesTest extends ServerTest {

    @Test
    void newChannelIsCreatedAndAnExistingOneReplaced() {
        var created = client.put("/v1/channels/build", "{\"threads\":{\"max\":3}}");
        var replaced = client.put("/v1/channels/build", "{}");

        assertThat(created.status()).isEqualTo(201);
        assertThat(created.header("Location")).isEqualTo("/v1/channels/build");
        assertThat(created.json().path("spec").path("threads").path("max").asInt())
                .isEqualTo(3);
        assertThat(replaced.status()).isEqualTo(200);
        assertThat(replaced.json().path("spec").path("threads").path("max").asInt())
                .isEqualTo(20);
    }

    @Test
    void channelThatWasReadCanBeSentBack() {
        client.put("/v1/channels/build", "{\"spec\":{\"resources\":{\"memory\":\"64MB\"},\"env\":{\"CI\":\"true\"}}}");
        var read = client.get("/v1/channels/build");

        var written = client.put("/v1/channels/build", read.body());

        assertThat(written.status()).isEqualTo(200);
        assertThat(written.json()).isEqualTo(read.json());
        assertThat(written.json().path("spec").path("resources").path("memory").asText())
                .isEqualTo("64MB");
    }

    @Test
    void emptyBodyAsksForAllDefaults() {
        var reply = client.put("/v1/channels/build", "");

        assertThat(reply.status()).isEqualTo(201);
        assertThat(reply.json().path("spec").path("retention").path("jobs").asText())
                .isEqualTo("7d");
        assertThat(reply.json().path("status").path("jobs").path("queued").asInt())
                .isZero();
    }

    @Test
    void nameInTheBodyMustBeTheOneInThePath() {
        var reply = client.put("/v1/channels/build", "{\"name\":\"other\",\"spec\":{}}");

        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().path("violations").path(0).path("field").asText())
                .isEqualTo("name");
    }

    @Test
    void stateFollowsTheCustomMethods() {
        assertThat(state(":pause")).isEqualTo("PAUSED");
        assertThat(state(":resume")).isEqualTo("ACTIVE");
        assertThat(state(":drain")).isEqualTo("DRAINING");
    }

    @Test
    void purgeSaysHowManyWereCancelled() {
        submitted(NO_OP);
        submitted(NO_OP);

        assertThat(client.post("/v1/channels/default:purge", "")
                        .json()
                        .path("purged")
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void deletionIsAnsweredWithAnOperation() {
        client.put("/v1/channels/build", "{}");

        var reply = client.send("DELETE", "/v1/channels/build", "");

        var operation = reply.json().path("operation");
        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.header("Location")).isEqualTo("/v1/channels/build");
        assertThat(operation.path("type").asText()).isEqualTo("deleteChannel");
        assertThat(operation.path("channel").asText()).isEqualTo("build");
        assertThat(operation.path("state").asText()).isEqualTo("RUNNING");
        assertThat(operation.path("result").isNull()).isTrue();
    }

    @Test
    void theOperationShowsWhatTheDeletionGaveBack() {
        client.put("/v1/channels/a-build", "{}");
        String id = client.send("DELETE", "/v1/channels/a-build", "")
                .json()
                .path("operation")
                .path("id")
                .asText();

        var operation = client.get("/v1/operations/" + id).json();

        assertThat(operation.path("id").asText()).isEqualTo(id);
        assertThat(operation.path("channel").asText()).isEqualTo("a-build");
        assertThat(operation.path("state").asText()).isEqualTo("SUCCEEDED");
        assertThat(operation.path("endedAt").asText()).endsWith("Z");
        assertThat(operation.path("result").path("status").asText()).isEqualTo("COMPLETE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "deleteChannel-a-1",
                "deleteChannel-a-9999999999999999999",
                "deleteChannel--1",
                "deleteChannel-A-1",
                "deleteChannel-a-x",
                "other"
            })
    void anOperationThatNeverWasIsNotFound(String id) {
        assertThat(client.get("/v1/operations/" + id).status()).isEqualTo(404);
    }

    @Test
    void channelsAreListedByName() {
        client.put("/v1/channels/b", "{}");
        client.put("/v1/channels/a", "{}");

        assertThat(client.get("/v1/channels").json().path("items").findValuesAsText("name"))
                .containsExactly("a", "b", "default");
    }

    @Test
    void operationWithoutInputRefusesABody() {
        var reply = client.post("/v1/channels/default:pause", "{\"reason\":\"x\"}");

        assertThat(reply.status()).isEqualTo(400);
    }

    private String state(String method) {
        return client.post("/v1/channels/default" + method, "")
                .json()
                .path("status")
                .path("state")
                .asText();
    }
}
