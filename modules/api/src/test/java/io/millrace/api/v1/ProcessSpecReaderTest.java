package io.millrace.api.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.contracts.Violation;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessDependency.Condition;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessSpecReaderTest {

    @Test
    void everyFieldOfTheContractIsRead() {
        ProcessSpec spec = read("{\"name\":\"web\",\"command\":[\"node\",\"server.js\"],\"directory\":\"/srv/web\","
                + "\"env\":{\"PORT\":\"3000\"},\"restart\":{\"policy\":\"on-failure\",\"initialDelay\":\"250ms\","
                + "\"factor\":1.5,\"maxDelay\":\"10s\",\"max\":7,\"minUptime\":\"3s\"},"
                + "\"ready\":{\"http\":\"http://127.0.0.1:3000/health\"},\"startTimeout\":\"45s\","
                + "\"stop\":{\"signal\":\"INT\",\"grace\":\"2s\"},"
                + "\"dependsOn\":[\"db\",{\"name\":\"migrate\",\"condition\":\"succeeded\"}],"
                + "\"successExitCodes\":[3,143],\"terminal\":true,\"ansi\":\"strip\",\"labels\":{\"team\":\"core\"}}");

        assertThat(spec)
                .isEqualTo(new ProcessSpec(
                        new ProcessName("web"),
                        List.of("node", "server.js"),
                        null,
                        "/srv/web",
                        Map.of("PORT", "3000"),
                        new RestartPolicy(
                                RestartPolicy.Mode.ON_FAILURE,
                                Duration.ofMillis(250),
                                1.5,
                                Duration.ofSeconds(10),
                                7,
                                Duration.ofSeconds(3)),
                        new Readiness.Http(URI.create("http://127.0.0.1:3000/health")),
                        Duration.ofSeconds(45),
                        new StopPolicy("INT", Duration.ofSeconds(2)),
                        List.of(3, 143),
                        List.of(
                                new ProcessDependency(new ProcessName("db"), Condition.READY),
                                new ProcessDependency(new ProcessName("migrate"), Condition.SUCCEEDED)),
                        true,
                        true,
                        Map.of("team", "core")));
    }

    @Test
    void whatIsLeftOutHasItsDefault() {
        ProcessSpec spec = read("{\"name\":\"a\",\"command\":[\"true\"],\"restart\":null,\"ready\":null,\"stop\":{}}");

        assertThat(spec)
                .isEqualTo(new ProcessSpec(
                        new ProcessName("a"),
                        List.of("true"),
                        null,
                        null,
                        Map.of(),
                        RestartPolicy.NEVER,
                        null,
                        Duration.ofSeconds(30),
                        StopPolicy.DEFAULT,
                        List.of(),
                        List.of(),
                        false,
                        false,
                        Map.of()));
    }

    @Test
    void scriptGivesTheProcessItsName() {
        ProcessSpec spec = read("{\"script\":\"web:dev\",\"directory\":\"/srv/app\"}");

        assertThat(spec.name()).isEqualTo(new ProcessName("web:dev"));
        assertThat(spec.script()).isEqualTo("web:dev");
        assertThat(spec.command()).isEmpty();
        assertThat(read("{\"script\":\"dev\",\"directory\":\"/srv/app\",\"name\":\"a\"}")
                        .name())
                .isEqualTo(new ProcessName("a"));
    }

    @Test
    void workingDirectoryIsAnotherWordForDirectory() {
        assertThat(read("{\"name\":\"a\",\"command\":[\"true\"],\"workingDirectory\":\"/srv\"}")
                        .directory())
                .isEqualTo("/srv");
        assertThat(violations(command("\"directory\":\"/a\",\"workingDirectory\":\"/b\"")))
                .containsKey("workingDirectory");
    }

    @ParameterizedTest
    @CsvSource({"never, NEVER", "on-failure, ON_FAILURE", "always, ALWAYS"})
    void restartIsAPolicyByItsNameOrWithDetails(String name, RestartPolicy.Mode mode) {
        RestartPolicy named = read(command("\"restart\":\"" + name + "\"")).restart();
        RestartPolicy detailed =
                read(command("\"restart\":{\"policy\":\"" + name + "\"}")).restart();

        assertThat(named.mode()).isEqualTo(mode);
        assertThat(detailed).isEqualTo(named);
        assertThat(named.maxDelay()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void backoffIsAnotherWordForTheFirstDelay() {
        RestartPolicy restart = read(command("\"restart\":{\"policy\":\"always\",\"backoff\":\"2m\"}"))
                .restart();

        assertThat(restart.initialDelay()).isEqualTo(Duration.ofMinutes(2));
        assertThat(restart.maxDelay()).isEqualTo(Duration.ofMinutes(2));
        assertThat(violations(
                        command("\"restart\":{\"policy\":\"always\",\"backoff\":\"1s\",\"initialDelay\":\"1s\"}")))
                .containsKey("restart.initialDelay");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "3000|127.0.0.1|3000",
                "\"3000\"|127.0.0.1|3000",
                "\":3000\"|127.0.0.1|3000",
                "\"localhost:80\"|localhost|80",
                "\"[::1]:443\"|::1|443"
            })
    void tcpIsAPortOrAnAddress(String given, String host, int port) {
        assertThat(read(command("\"ready\":{\"tcp\":" + given + "}")).ready()).isEqualTo(new Readiness.Tcp(host, port));
    }

    @Test
    void timeoutOfTheCheckIsThatOfTheStart() {
        ProcessSpec spec = read(command("\"ready\":{\"log\":\"listening\",\"timeout\":\"5s\"}"));

        assertThat(spec.ready()).isEqualTo(new Readiness.Log("listening"));
        assertThat(spec.startTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(violations(command("\"ready\":{\"tcp\":1,\"timeout\":\"5s\"},\"startTimeout\":\"5s\"")))
                .containsKey("startTimeout");
    }

    @Test
    void checkMayBeACommandAndMayComeAfterALine() {
        var check = new Readiness.Command(List.of("pg_isready", "-q"));

        assertThat(read(command("\"ready\":{\"exec\":[\"pg_isready\",\"-q\"]}")).ready())
                .isEqualTo(check);
        assertThat(read(command("\"ready\":{\"log\":\"up\",\"exec\":[\"pg_isready\",\"-q\"]}"))
                        .ready())
                .isEqualTo(new Readiness.AfterLine(new Readiness.Log("up"), check));
        assertThat(violations(command("\"ready\":{\"tcp\":1,\"exec\":[\"true\"]}")))
                .containsKey("ready");
        assertThat(violations(command("\"ready\":{\"exec\":[]}"))).containsKey("ready.exec");
        assertThat(violations(command("\"ready\":{\"timeout\":\"5s\"}"))).containsKey("ready");
    }

    @Test
    void stopMayBeACommand() {
        ProcessSpec spec = read(command("\"stop\":{\"command\":[\"pg_ctl\",\"stop\"],\"grace\":\"3s\"}"));

        assertThat(spec.stop()).isEqualTo(new StopPolicy("TERM", Duration.ofSeconds(3), List.of("pg_ctl", "stop")));
        assertThat(violations(command("\"stop\":{\"command\":[\" \"]}"))).containsKey("stop.command[0]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "SIGTERM", "sigterm", "term"})
    void signalIsNamedWithOrWithoutItsPrefix(String signal) {
        assertThat(read(command("\"stop\":{\"signal\":\"" + signal + "\"}")).stop())
                .isEqualTo(StopPolicy.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|name,command",
                "{\"name\":\"-a\",\"command\":[\"true\"]}|name",
                "{\"command\":[\"true\"]}|name",
                "{\"name\":\"a\"}|command",
                "{\"name\":\"a\",\"command\":[]}|command",
                "{\"name\":\"a\",\"command\":[\"x\"],\"script\":\"dev\"}|script",
                "{\"script\":\"dev\"}|directory",
                "{\"script\":\"a b\",\"directory\":\"/srv\"}|name",
                "{\"script\":\" \",\"directory\":\"/srv\"}|script,name"
            })
    void processIsNamedAndHasOneWayToStart(String body, String fields) {
        assertThat(violations(body).keySet()).containsExactlyInAnyOrder(fields.split(","));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"directory\":\" \"|directory",
                "\"env\":{\"a b\":\"c\"}|env.a b",
                "\"restart\":\"sometimes\"|restart",
                "\"restart\":{}|restart.policy",
                "\"restart\":{\"policy\":\"no\"}|restart.policy",
                "\"restart\":{\"policy\":\"always\",\"factor\":11}|restart.factor",
                "\"restart\":{\"policy\":\"always\",\"factor\":0.5}|restart.factor",
                "\"restart\":{\"policy\":\"always\",\"maxDelay\":\"2h\"}|restart.maxDelay",
                "\"restart\":{\"policy\":\"always\",\"max\":-1}|restart.max",
                "\"restart\":{\"policy\":\"always\",\"initialDelay\":\"5s\",\"maxDelay\":\"1s\"}|restart.maxDelay",
                "\"ready\":{}|ready",
                "\"ready\":{\"tcp\":80,\"http\":\"http://h\"}|ready",
                "\"ready\":{\"tcp\":0}|ready.tcp",
                "\"ready\":{\"tcp\":\"host:99999\"}|ready.tcp",
                "\"ready\":{\"tcp\":\"::1:80\"}|ready.tcp",
                "\"ready\":{\"http\":\"ftp://h\"}|ready.http",
                "\"ready\":{\"http\":\"/health\"}|ready.http",
                "\"ready\":{\"http\":\"http://user:word@h\"}|ready.http",
                "\"ready\":{\"log\":\"\"}|ready.log",
                "\"startTimeout\":\"0s\"|startTimeout",
                "\"startTimeout\":\"61m\"|startTimeout",
                "\"stop\":{\"grace\":\"11m\"}|stop.grace",
                "\"stop\":{\"signal\":\"STOP\"}|stop.signal",
                "\"dependsOn\":[\"a\"]|dependsOn",
                "\"dependsOn\":[\"b\",\"b\"]|dependsOn[1]",
                "\"dependsOn\":[null]|dependsOn[0]",
                "\"dependsOn\":[{}]|dependsOn[0].name",
                "\"dependsOn\":[{\"name\":\"b\",\"condition\":\"up\"}]|dependsOn[0].condition",
                "\"successExitCodes\":[256]|successExitCodes[0]",
                "\"ansi\":\"yes\"|ansi",
                "\"labels\":{\"a:b\":\"c\"}|labels.a:b"
            })
    void wrongValueIsNamed(String field, String violated) {
        assertThat(violations(command(field))).containsOnlyKeys(violated);
    }

    @Test
    void atMostSoManyDependenciesCanBeGiven() {
        String names = IntStream.range(0, 33).mapToObj(i -> "\"p" + i + "\"").collect(Collectors.joining(","));

        assertThat(violations(command("\"dependsOn\":[" + names + "]")).get("dependsOn"))
                .contains("32");
    }

    @Test
    void processThatIsTooLargeIsRefused() {
        String value = "x".repeat(RequestLimits.PROCESS_CHARS_MAX);

        assertThat(violations(command("\"env\":{\"A\":\"" + value + "\"}")).get("command"))
                .contains("32768");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"restrat\":\"never\"|'restart'",
                "\"stdin\":\"x\"|stdin",
                "\"restart\":{\"policy\":\"never\",\"maxdelay\":\"1s\"}|'maxDelay'",
                "\"ready\":{\"htp\":\"x\"}|'http'",
                "\"stop\":{\"graec\":\"1s\"}|'grace'",
                "\"dependsOn\":[{\"nmae\":\"b\"}]|'name'"
            })
    void unknownFieldIsRefusedWithTheNameThatIsNear(String field, String near) {
        HttpProblem problem = refusal(command(field));

        assertThat(problem.status()).isEqualTo(400);
        assertThat(problem.problem().detail()).contains(near);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"command\":\"true\"",
                "\"restart\":5",
                "\"ready\":\"log\"",
                "\"ready\":{\"tcp\":true}",
                "\"dependsOn\":\"b\"",
                "\"terminal\":\"yes\"",
                "\"startTimeout\":30"
            })
    void valueOfTheWrongTypeIsRefused(String field) {
        assertThat(refusal("{\"name\":\"a\"," + field + "}").status()).isEqualTo(400);
    }

    private static String command(String field) {
        return "{\"name\":\"a\",\"command\":[\"true\"]," + field + "}";
    }

    private static ProcessSpec read(String json) {
        return ProcessSpecReader.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> violations(String json) {
        HttpProblem problem = refusal(json);
        assertThat(problem.status()).isEqualTo(422);
        return problem.problem().violations().stream().collect(Collectors.toMap(Violation::field, Violation::message));
    }

    private static HttpProblem refusal(String json) {
        return catchThrowableOfType(HttpProblemException.class, () -> read(json))
                .problem();
    }
}
