package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.JobId;
import io.millrace.edge.InMemoryProcesses;
import io.millrace.edge.ServerTest;
import io.millrace.edge.TestClient.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessRoutesTest extends ServerTest {
    private static final String PROCESSES = "/v1/channels/default/processes";
    private static final String WEB = "{\"name\":\"web\",\"command\":[\"node\",\"server.js\"],\"restart\":\"always\","
            + "\"ready\":{\"tcp\":3000},\"labels\":{\"team\":\"core\"}}";
    private static final String ONCE = "{\"name\":\"once\",\"command\":[\"true\"]}";

    @Test
    void startedProcessIsShownWhereItsLocationSays() {
        var started = client.post(PROCESSES, WEB);

        assertThat(started.status()).as(started.body()).isEqualTo(201);
        assertThat(started.header("Location"))
                .isEqualTo(PROCESSES + "/" + started.json().path("id").asText());
        assertThat(client.get(started.header("Location")).json()).isEqualTo(started.json());
        assertThat(client.get(PROCESSES + "/web").json()).isEqualTo(started.json());
    }

    @Test
    void processThatWaitsHasEveryFieldAndNoneOfARunOrAnEnd() {
        JsonNode process = client.post(PROCESSES, WEB).json();

        assertThat(process.path("state").asText()).isEqualTo("PENDING");
        assertThat(process.path("running").asBoolean(true)).isFalse();
        assertThat(process.path("ready").asBoolean(true)).isFalse();
        assertThat(process.path("channel").asText()).isEqualTo("default");
        assertThat(process.path("conditions").path(0).path("message").asText()).isNotEmpty();
        assertThat(absent(process))
                .containsExactlyInAnyOrder(
                        "pid",
                        "node",
                        "exitCode",
                        "signal",
                        "startedAt",
                        "startTime",
                        "readyAt",
                        "endedAt",
                        "endTime",
                        "startUp",
                        "check",
                        "error");
    }

    @Test
    void specificationIsShownWithWhatItHasByDefault() {
        JsonNode spec = client.post(PROCESSES, WEB).json().path("spec");

        assertThat(spec.path("command")).hasSize(2);
        assertThat(spec.path("restart").path("policy").asText()).isEqualTo("always");
        assertThat(spec.path("restart").path("maxDelay").asText()).isEqualTo("1m");
        assertThat(spec.path("ready").path("tcp").asText()).isEqualTo("127.0.0.1:3000");
        assertThat(spec.path("startTimeout").asText()).isEqualTo("30s");
        assertThat(spec.path("stop").path("signal").asText()).isEqualTo("TERM");
        assertThat(spec.path("stop").path("grace").asText()).isEqualTo("10s");
        assertThat(spec.path("ansi").asText()).isEqualTo("keep");
        assertThat(spec.path("labels").path("team").asText()).isEqualTo("core");
        assertThat(absent(spec)).containsExactlyInAnyOrder("script", "directory");
    }

    @Test
    void runningProcessShowsItsRunUnderBothNamesOfItsBeginning() {
        JobId id = started(WEB);

        channels.processes().run(id, true);

        JsonNode process = client.get(PROCESSES + "/web").json();
        assertThat(process.path("state").asText()).isEqualTo("RUNNING");
        assertThat(process.path("running").asBoolean()).isTrue();
        assertThat(process.path("ready").asBoolean()).isTrue();
        assertThat(process.path("pid").asLong()).isEqualTo(4_711);
        assertThat(process.path("run").asInt()).isEqualTo(1);
        assertThat(process.path("startTime")).isEqualTo(process.path("startedAt"));
        assertThat(absent(process)).containsExactlyInAnyOrder("exitCode", "signal", "endedAt", "endTime", "error");
    }

    @Test
    void runningProcessSaysWhereItsTimeWentAndWhatItsCheckHasFound() {
        JobId id = started(WEB);

        channels.processes().run(id, false);

        JsonNode process = client.get(PROCESSES + "/web").json();
        assertThat(process.path("startUp").path("waited").asText()).isEqualTo("2s");
        assertThat(process.path("startUp").path("starting").asText()).isEqualTo("7ms");
        assertThat(process.path("startUp").path("becomingReady").isNull()).isTrue();
        assertThat(process.path("check").path("passed").asBoolean(true)).isFalse();
        assertThat(process.path("check").path("message").asText()).contains("exit code 1");
        assertThat(process.path("check").path("output").asText()).isEqualTo("no such table");
    }

    @Test
    void endedProcessSaysHow() {
        JobId id = started(ONCE);
        channels.processes().run(id, true);

        channels.processes().end(id, 3);

        JsonNode process = client.get(PROCESSES + "/once").json();
        assertThat(process.path("state").asText()).isEqualTo("FAILED");
        assertThat(process.path("exitCode").asInt()).isEqualTo(3);
        assertThat(process.path("endTime")).isEqualTo(process.path("endedAt"));
        assertThat(process.path("error").path("detail").asText()).contains("exit code 3");
        assertThat(process.path("pid").isNull()).isTrue();
    }

    @Test
    void nameCanBeTakenOnce() {
        client.post(PROCESSES, WEB);

        var again = client.post(PROCESSES, WEB);

        assertThat(again.status()).isEqualTo(409);
        assertThat(again.json().path("code").asText()).isEqualTo("ALREADY_EXISTS");
    }

    @Test
    void sameKeyAndBodyGiveTheSameProcess() {
        var first = client.post(PROCESSES, WEB, "Idempotency-Key", "k");
        var second = client.post(PROCESSES, WEB, "Idempotency-Key", "k");
        var other = client.post(PROCESSES, ONCE, "Idempotency-Key", "k");

        assertThat(first.header("Idempotency-Replayed")).isEmpty();
        assertThat(second.status()).isEqualTo(201);
        assertThat(second.header("Idempotency-Replayed")).isEqualTo("true");
        assertThat(second.json()).isEqualTo(first.json());
        assertThat(other.status()).isEqualTo(422);
    }

    @Test
    void wrongProcessIsRefusedWithEveryFieldThatIsWrong() {
        var reply = client.post(
                PROCESSES, "{\"name\":\"a b\",\"command\":[],\"startTimeout\":\"2h\",\"stop\":{\"signal\":\"STOP\"}}");

        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.json().path("violations").findValuesAsText("field"))
                .containsExactly("name", "command", "startTimeout", "stop.signal");
        assertThat(client.get(PROCESSES).json().path("items")).isEmpty();
    }

    @Test
    void unknownFieldIsRefusedWithTheNameThatIsNear() {
        var reply = client.post(PROCESSES, "{\"name\":\"a\",\"comand\":[\"true\"]}");

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.json().path("detail").asText()).contains("comand", "'command'");
    }

    @Test
    void scriptThatDoesNotExistIsNotFoundAndNothingIsRegistered() {
        var reply =
                client.post(PROCESSES, "{\"script\":\"dve\",\"directory\":\"" + InMemoryProcesses.DIRECTORY + "\"}");

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.json().path("code").asText()).isEqualTo("NOT_FOUND");
        assertThat(client.get(PROCESSES).json().path("items")).isEmpty();
    }

    @Test
    void scriptGivesItsProcessItsNameAndItsCommand() {
        JsonNode process = client.post(
                        PROCESSES, "{\"script\":\"web:dev\",\"directory\":\"" + InMemoryProcesses.DIRECTORY + "\"}")
                .json();

        assertThat(process.path("name").asText()).isEqualTo("web:dev");
        assertThat(process.path("spec").path("script").asText()).isEqualTo("web:dev");
        assertThat(process.path("spec").path("command").path(0).asText()).isEqualTo("pnpm");
    }

    @ParameterizedTest
    @CsvSource({"web:dev, web:dev", "web:dev, web%3Adev", "web/dev, web%2Fdev", "a:stop, a:stop"})
    void pathNamesAProcessWhateverItsNameHasIn(String name, String segment) {
        client.post(PROCESSES, named(name));

        assertThat(client.get(PROCESSES + "/" + segment).json().path("name").asText())
                .isEqualTo(name);
        assertThat(client.post(PROCESSES + "/" + segment + ":stop", "").status())
                .isEqualTo(200);
        assertThat(client.get(PROCESSES + "/" + segment + "/logs").status()).isEqualTo(200);
        assertThat(client.send("DELETE", PROCESSES + "/" + segment, "")
                        .json()
                        .path("removed")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void mistypedCustomMethodIsNotTakenForAName() {
        started(WEB);

        var reply = client.post(PROCESSES + "/web:stpo", "");

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.json().path("detail").asText()).contains(":stop");
    }

    @Test
    void processesAreListedNewestFirstInPages() {
        started(WEB);
        started(ONCE);

        JsonNode first = client.get(PROCESSES + "?pageSize=1").json();
        JsonNode second = client.get(PROCESSES + "?pageSize=1&pageToken="
                        + first.path("nextPageToken").asText())
                .json();

        assertThat(names(first)).containsExactly("once");
        assertThat(names(second)).containsExactly("web");
        assertThat(second.path("nextPageToken").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "state=pending|once",
                "state=PENDING&state=RUNNING|once,web",
                "name=web|web",
                "label=team:core|web",
                "name=none|",
                "label=team:other|"
            })
    void listShowsWhatItIsAskedFor(String query, @Nullable String expected) {
        JobId web = started(WEB);
        started(ONCE);
        channels.processes().run(web, true);

        assertThat(String.join(",", names(client.get(PROCESSES + "?" + query).json())))
                .isEqualTo(expected == null ? "" : expected);
    }

    @Test
    void wrongFilterIsRefused() {
        assertThat(client.get(PROCESSES + "?state=UP").status()).isEqualTo(422);
        assertThat(client.get(PROCESSES + "?label=team").status()).isEqualTo(422);
        assertThat(client.get(PROCESSES + "?stat=RUNNING").status()).isEqualTo(400);
    }

    @Test
    void stopWaitsAsLongAsTheGraceAndALittleMore() {
        started("{\"name\":\"a\",\"command\":[\"true\"],\"stop\":{\"grace\":\"3s\"}}");
        started("{\"name\":\"b\",\"command\":[\"true\"],\"stop\":{\"grace\":\"10m\"}}");

        JsonNode stopped = client.post(PROCESSES + "/a:stop", "").json();
        client.post(PROCESSES + "/b:stop", "");

        assertThat(stopped.path("state").asText()).isEqualTo("STOPPED");
        assertThat(channels.processes().waits()).containsExactly(Duration.ofSeconds(5), Duration.ofMinutes(1));
    }

    @Test
    void clientSaysHowLongItWaits() {
        started(WEB);

        Reply preferred = client.post(PROCESSES + "/web:restart", "", "Prefer", "wait=7");
        client.post(PROCESSES + "/web:stop?wait=0s", "");
        client.post(PROCESSES + "/web:restart?wait=1h", "");
        client.post(PROCESSES + "/web:restart", "");

        assertThat(preferred.header("Preference-Applied")).isEqualTo("wait=7");
        assertThat(channels.processes().waits())
                .containsExactly(Duration.ofSeconds(7), Duration.ZERO, Duration.ofMinutes(1), Duration.ofMinutes(1));
        assertThat(client.post(PROCESSES + "/web:stop?wait=soon", "").status()).isEqualTo(422);
    }

    @Test
    void processThatHasNotEndedWhenTheTimeIsUpIsShownAsItIs() {
        started(WEB);
        channels.processes().ignoreStops();

        var reply = client.post(PROCESSES + "/web:stop?wait=10ms", "");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().path("state").asText()).isEqualTo("STOPPING");
    }

    @Test
    void stoppingWhatHasEndedChangesNothing() {
        JobId id = started(ONCE);
        channels.processes().run(id, true);
        channels.processes().end(id, 0);

        assertThat(client.post(PROCESSES + "/once:stop", "").json())
                .isEqualTo(client.get(PROCESSES + "/once").json());
    }

    @ParameterizedTest
    @ValueSource(strings = {"HUP", "SIGHUP", "hup"})
    void signalIsNamedWithOrWithoutItsPrefix(String signal) {
        channels.processes().run(started(WEB), true);

        var reply = client.post(PROCESSES + "/web:signal", "{\"signal\":\"" + signal + "\"}");

        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(channels.processes().signals()).containsExactly("HUP");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|422|signal",
                "{\"signal\":\"STOP\"}|422|USR1",
                "{\"sginal\":\"HUP\"}|400|'signal'",
                "[]|400|JSON object"
            })
    void wrongSignalIsRefused(String body, int status, String named) {
        channels.processes().run(started(WEB), true);

        var reply = client.post(PROCESSES + "/web:signal", body);

        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).contains(named);
        assertThat(channels.processes().signals()).isEmpty();
    }

    @Test
    void signalToWhatDoesNotRunIsRefused() {
        started(WEB);

        assertThat(client.post(PROCESSES + "/web:signal", "{\"signal\":\"HUP\"}")
                        .status())
                .isEqualTo(409);
    }

    @Test
    void removedProcessIsGoneAndItsNameIsFree() {
        started(WEB);

        var removed = client.send("DELETE", PROCESSES + "/web", "");

        assertThat(removed.status()).isEqualTo(200);
        assertThat(removed.json().path("removed").asBoolean()).isTrue();
        assertThat(channels.processes().waits()).containsExactly(Duration.ofSeconds(30));
        assertThat(client.send("DELETE", PROCESSES + "/web", "").status()).isEqualTo(404);
        assertThat(client.post(PROCESSES, WEB).status()).isEqualTo(201);
    }

    @Test
    void processThatDoesNotEndIsNotRemovedYet() {
        started(WEB);
        channels.processes().ignoreStops();

        var reply = client.send("DELETE", PROCESSES + "/web?wait=1s", "");

        assertThat(reply.json().path("removed").asBoolean(true)).isFalse();
        assertThat(channels.processes().waits()).containsExactly(Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @CsvSource({"GET,''", "DELETE,''", "POST,:stop", "POST,:restart", "GET,/logs"})
    void unknownProcessIsNotFound(String method, String behind) {
        assertThat(client.send(method, PROCESSES + "/nothing" + behind, "").status())
                .isEqualTo(404);
        assertThat(client.send(method, "/v1/channels/nowhere/processes/nothing" + behind, "")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void scriptsOfADirectoryAreListed() {
        var reply = client.get("/v1/channels/default/scripts?directory=" + InMemoryProcesses.DIRECTORY);

        JsonNode script = reply.json().path("items").path(0);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(names(reply.json())).containsExactly("dev", "web:dev");
        assertThat(script.path("tool").asText()).isEqualTo("pnpm");
        assertThat(script.path("command")).hasSize(3);
        assertThat(script.path("source").asText()).isEqualTo("package.json");
        assertThat(reply.json().path("warnings").path(0).asText()).contains("Makefile");
        assertThat(client.get("/v1/channels/default/scripts").status()).isEqualTo(400);
        assertThat(client.get("/v1/channels/default/scripts?directory=/nowhere").status())
                .isEqualTo(404);
    }

    @Test
    void numbersOfTheChannelAreShown() {
        started(WEB);

        assertThat(client.get(PROCESSES + ":metrics")
                        .json()
                        .path("processes.registered")
                        .asLong())
                .isEqualTo(1);
    }

    private JobId started(String spec) {
        var reply = client.post(PROCESSES, spec);
        assertThat(reply.status()).as(reply.body()).isEqualTo(201);
        return JobId.parse(reply.json().path("id").asText());
    }

    private static String named(String name) {
        return "{\"name\":\"" + name + "\",\"command\":[\"true\"]}";
    }

    private static Set<String> absent(JsonNode object) {
        return object.properties().stream()
                .filter(field -> field.getValue().isNull())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private static List<String> names(JsonNode page) {
        return page.path("items")
                .valueStream()
                .map(item -> item.path("name").asText())
                .toList();
    }
}
