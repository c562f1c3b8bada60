package io.millrace.api.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.contracts.Violation;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.work.Work;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobCleanupReaderTest {

    @Test
    void tasksOfAJobAreReadInBothForms() {
        List<CleanupTask> tasks = read("""
                [{"name":"drop-temp","dependsOn":[],"process":{"command":["rm","-rf","tmp"]}},
                 {"name":"tell","dependsOn":["drop-temp"],"action":{"handler":{"name":"sum"}},"timeout":"1s"}]
                """).cleanup();

        assertThat(tasks).extracting(task -> task.name().value()).containsExactly("drop-temp", "tell");
        assertThat(tasks.getFirst().action())
                .isEqualTo(new CleanupAction.Run(new Work.Process(List.of("rm", "-rf", "tmp"), Map.of(), "", null)));
    }

    @Test
    void tasksOfAJobAreStoredWithIt() {
        String json = "{\"kind\":\"handler\",\"handler\":{\"name\":\"sum\"},\"cleanup\":["
                + "{\"name\":\"a\",\"process\":{\"command\":[\"true\"]}},"
                + "{\"name\":\"b\",\"dependsOn\":[\"a\"],\"http\":{\"url\":\"http://h\"},\"timeout\":\"1s\","
                + "\"check\":{\"process\":{\"command\":[\"true\"]}},\"repeatable\":false}]}";
        JsonValueCodec codec = new JsonValueCodec();

        JobSpec spec = codec.decodeJobSpec(json.getBytes(StandardCharsets.UTF_8));

        assertThat(new String(codec.encodeJobSpec(spec), StandardCharsets.UTF_8))
                .isEqualTo(json);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{'name':'a','X':1},{'name':'a','X':1}]|cleanup[1].name|cleanup[0] has it already",
                "[{'name':'a','X':1,'dependsOn':['b']}]|cleanup[0].dependsOn[0]|a → b",
                "[{'name':'a','X':1,'dependsOn':['other/a']}]|cleanup[0].dependsOn[0]|a → other/a",
                "[{'name':'a','X':1,'dependsOn':['a']}]|cleanup[0].dependsOn[0]|a → a",
                "[{'name':'a','X':1,'dependsOn':['c']},{'name':'b','X':1,'dependsOn':['a']},"
                        + "{'name':'c','X':1,'dependsOn':['b']}]|cleanup[1].dependsOn[0]|a → c → b → a",
                "[{'name':'a','X':1,'dependents':['c']}]|cleanup[0].dependents|left out",
                "[{'name':'a','release':'all'}]|cleanup[0].release|goes back by itself",
                "[{'name':'a','X':1,'undo':{'release':'locks'}}]|cleanup[0].undo.release|goes back by itself",
            })
    void graphThatCannotBeExecutedIsRefusedAndNamesTheEdge(String tasks, String field, String message) {
        HttpProblem problem = refused(tasks.replace('\'', '"').replace("\"X\":1", "\"handler\":{\"name\":\"sum\"}"));

        assertThat(problem.status()).isEqualTo(422);
        assertThat(problem.problem().violations()).singleElement().satisfies(violation -> {
            assertThat(violation.field()).isEqualTo(field);
            assertThat(violation.message()).contains(message);
        });
    }

    @Test
    void everyWrongEdgeIsReportedAtOnce() {
        HttpProblem problem = refused("[" + task("a", "b", "c") + "," + task("b", "a", "x") + "," + task("c") + "]");

        assertThat(problem.problem().violations())
                .extracting(Violation::field)
                .containsExactlyInAnyOrder("cleanup[1].dependsOn[1]", "cleanup[1].dependsOn[0]");
    }

    @Test
    void moreTasksThanAJobMayHaveAreRefused() {
        String tasks =
                IntStream.rangeClosed(1, 51).mapToObj(i -> task("t" + i)).collect(Collectors.joining(",", "[", "]"));

        assertThat(refused(tasks).problem().violations())
                .extracting(Violation::field)
                .containsExactly("cleanup");
    }

    private static String task(String name, String... dependsOn) {
        String dependencies =
                List.of(dependsOn).stream().map(text -> "\"" + text + "\"").collect(Collectors.joining(","));
        return "{\"name\":\"" + name + "\",\"dependsOn\":[" + dependencies + "],\"handler\":{\"name\":\"sum\"}}";
    }

    private static HttpProblem refused(String tasks) {
        return catchThrowableOfType(HttpProblemException.class, () -> read(tasks))
                .problem();
    }

    private static JobSpec read(String tasks) {
        return JobSpecReader.readJob(
                ("{\"handler\":{\"name\":\"sum\"},\"cleanup\":" + tasks + "}").getBytes(StandardCharsets.UTF_8));
    }
}
