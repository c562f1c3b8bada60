package io.millrace.api.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Violation;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.work.Work;
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

class CleanupTaskReaderTest {
    private static final String FULL = "{\"name\":\"drop-temp\",\"dependsOn\":[\"stop-web\",\"other/flush\"],"
            + "\"action\":{\"process\":{\"command\":[\"rm\",\"-rf\",\"tmp\"]}},\"timeout\":\"2s\","
            + "\"check\":{\"http\":{\"url\":\"http://127.0.0.1:9/gone\",\"expectStatus\":[404]}},"
            + "\"undo\":{\"handler\":{\"name\":\"restore\",\"input\":{\"a\":1}}},"
            + "\"repeatable\":false,\"dependents\":[\"build\"]}";

    @Test
    void everyFieldOfTheContractIsRead() {
        CleanupTask task = read(FULL);

        assertThat(task)
                .isEqualTo(new CleanupTask(
                        new CleanupName("drop-temp"),
                        List.of(CleanupReference.parse("stop-web"), CleanupReference.parse("other/flush")),
                        Duration.ofSeconds(2),
                        new CleanupAction.Run(new Work.Process(List.of("rm", "-rf", "tmp"), Map.of(), "", null)),
                        new CleanupAction.Http("GET", "http://127.0.0.1:9/gone", Map.of(), "", List.of(404)),
                        new CleanupAction.Run(new Work.Handler("restore", Map.of("a", 1L))),
                        false,
                        List.of(new ChannelName("build"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                FULL,
                "{\"name\":\"a\",\"action\":{\"release\":\"all\"}}",
                "{\"name\":\"a\",\"action\":{\"http\":{\"method\":\"POST\",\"url\":\"https://x/y\","
                        + "\"headers\":{\"A\":\"b\",\"C\":\"d\"},\"body\":\"{}\"}}}"
            })
    void taskIsStoredAsItWasWritten(String json) {
        JsonValueCodec codec = new JsonValueCodec();

        CleanupTask task = codec.decodeCleanupTask(bytes(json));

        assertThat(new String(codec.encodeCleanupTask(task), StandardCharsets.UTF_8))
                .isEqualTo(json);
    }

    @Test
    void whatATaskDoesMayStandInTheTaskItself() {
        CleanupTask task = read("{\"name\":\"a\",\"release\":\"locks\"}");

        assertThat(task.action()).isEqualTo(new CleanupAction.Release(ReleaseScope.LOCKS));
    }

    @Test
    void whatIsLeftOutOrNullHasItsDefault() {
        CleanupTask task =
                read("{\"name\":\"a\",\"release\":\"all\",\"action\":null,\"timeout\":null,\"repeatable\":null}");

        assertThat(task.isRepeatable()).isTrue();
        assertThat(task.timeout()).isNull();
        assertThat(task.check()).isNull();
        assertThat(task.undo()).isNull();
        assertThat(task.dependsOn()).isEmpty();
        assertThat(task.dependents()).isEmpty();
    }

    @Test
    void whatALaterVersionAddedIsPassedOver() {
        CleanupTask task = new JsonValueCodec()
                .decodeCleanupTask(
                        bytes("{\"name\":\"a\",\"action\":{\"release\":\"all\",\"x\":[1]},\"y\":{\"z\":1}}"));

        assertThat(task.name()).isEqualTo(new CleanupName("a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\":\"a\",\"release\":\"all\",\"depends\":[]}",
                "{\"name\":\"a\",\"action\":{\"release\":\"all\",\"timeout\":\"1s\"}}",
                "{\"name\":\"a\",\"http\":{\"url\":\"http://x\",\"verb\":\"GET\"}}",
                "{\"name\":\"a\",\"release\":\"all\",\"repeatable\":\"no\"}",
                "{\"name\":\"a\",\"release\":[\"all\"]}",
                "[]",
                ""
            })
    void whatCannotBeUnderstoodIs400(String json) {
        assertThat(refused(json).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'release':'all'}|name",
                "{'name':'','release':'all'}|name",
                "{'name':'a/b','release':'all'}|name",
                "{'name':'a'}|action",
                "{'name':'a','action':{}}|action",
                "{'name':'a','release':'everything'}|release",
                "{'name':'a','action':{'release':'all','process':{'command':['a']}}}|action.process",
                "{'name':'a','action':{'release':'all'},'handler':{'name':'x'}}|handler",
                "{'name':'a','process':{'command':[]}}|process.command",
                "{'name':'a','release':'all','check':{}}|check",
                "{'name':'a','release':'all','undo':{'handler':{}}}|undo.handler.name",
                "{'name':'a','release':'all','timeout':'0ms'}|timeout",
                "{'name':'a','release':'all','timeout':'61m'}|timeout",
                "{'name':'a','release':'all','dependsOn':['b','b']}|dependsOn[1]",
                "{'name':'a','release':'all','dependsOn':['Other/b']}|dependsOn[0]",
                "{'name':'a','release':'all','dependsOn':['x/y/z']}|dependsOn[0]",
                "{'name':'a','release':'all','dependents':['c','c']}|dependents[1]",
                "{'name':'a','http':{}}|http.url",
                "{'name':'a','http':{'url':'/relative'}}|http.url",
                "{'name':'a','http':{'url':'ftp://host/file'}}|http.url",
                "{'name':'a','http':{'url':'http://user:secret@host/'}}|http.url",
                "{'name':'a','http':{'url':'http://h','method':'get'}}|http.method",
                "{'name':'a','http':{'url':'http://h','headers':{'Host':'x'}}}|http.headers.Host",
                "{'name':'a','http':{'url':'http://h','headers':{'A':'x\\r\\ny'}}}|http.headers.A",
                "{'name':'a','http':{'url':'http://h','expectStatus':[99]}}|http.expectStatus[0]",
            })
    void wrongValueIs422AndNamesItsField(String json, String field) {
        HttpProblem problem = refused(json.replace('\'', '"'));

        assertThat(problem.status()).isEqualTo(422);
        assertThat(problem.problem().violations()).extracting(Violation::field).containsExactly(field);
    }

    @Test
    void everyWrongValueIsReportedAtOnce() {
        HttpProblem problem = refused(
                "{\"name\":\"a b\",\"dependsOn\":[\"/\"],\"timeout\":\"soon\",\"action\":{\"release\":\"some\"},"
                        + "\"undo\":{\"http\":{\"url\":\"x\"}}}");

        assertThat(problem.problem().violations())
                .extracting(Violation::field)
                .containsExactly("name", "dependsOn[0]", "timeout", "action.release", "undo.http.url");
    }

    @Test
    void moreDependenciesThanATaskMayHaveAreRefused() {
        String names =
                IntStream.rangeClosed(1, 33).mapToObj(i -> "\"t" + i + "\"").collect(Collectors.joining(","));

        HttpProblem problem = refused("{\"name\":\"a\",\"release\":\"all\",\"dependsOn\":[" + names + "]}");

        assertThat(problem.problem().violations()).extracting(Violation::field).containsExactly("dependsOn");
    }

    @Test
    void taskThatIsTooLargeIsRefusedWithItsSize() {
        HttpProblem problem = refused("{\"name\":\"a\",\"process\":{\"command\":[\"cat\"],\"stdin\":\""
                + "x".repeat(RequestLimits.CLEANUP_TASK_BYTES_MAX) + "\"}}");

        assertThat(problem.status()).isEqualTo(422);
        assertThat(problem.problem().violations())
                .singleElement()
                .satisfies(violation -> assertThat(violation.message()).contains("16384"));
    }

    private static HttpProblem refused(String json) {
        return catchThrowableOfType(HttpProblemException.class, () -> read(json))
                .problem();
    }

    private static CleanupTask read(String json) {
        return CleanupTaskReader.read(bytes(json));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
