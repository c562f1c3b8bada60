package io.millrace.api.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.contracts.Violation;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.job.RetryPolicy;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.work.Work;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobSpecReaderTest {

    @Test
    void everyFieldOfTheContractIsRead() {
        JobSpec job = read("""
            {"kind":"process",
             "process":{"command":["sh","-c","echo hello"],"env":{"A":"1"},"stdin":"in","workingDirectory":"/tmp"},
             "priority":"high","timeout":"5m","queueTimeout":"1h","notBefore":"2026-01-31T13:00:00.5+01:00",
             "retry":{"maxAttempts":3,"initialDelay":"250ms","factor":1.5,"maxDelay":"1m","jitter":0,
                      "exitCodes":{"noRetry":[2,3]}},
             "delivery":"at-most-once","resources":[{"type":"buffer","size":65536},{"type":"memory","size":"128MB"}],
             "locks":["schema","index-2"],
             "progressTotal":100,"labels":{"team":"core"},"name":"nightly build"}
            """);

        assertThat(job)
                .isEqualTo(new JobSpec(
                        new Work.Process(List.of("sh", "-c", "echo hello"), Map.of("A", "1"), "in", "/tmp"),
                        "nightly build",
                        Priority.HIGH,
                        Duration.ofMinutes(5),
                        Duration.ofHours(1),
                        Instant.parse("2026-01-31T12:00:00.5Z"),
                        new RetryPolicy(3, Duration.ofMillis(250), 1.5, Duration.ofMinutes(1), 0, List.of(2, 3)),
                        Delivery.AT_MOST_ONCE,
                        List.of(
                                new ResourceRequest(ResourceType.BUFFER, 65_536),
                                new ResourceRequest(ResourceType.MEMORY, 128L << 20)),
                        List.of(new LockName("schema"), new LockName("index-2")),
                        List.of(),
                        100L,
                        Map.of("team", "core"),
                        null));
    }

    @Test
    void moreLocksThanAJobMayDeclareAreRefused() {
        String names =
                IntStream.rangeClosed(1, 17).mapToObj(i -> "\"l" + i + "\"").collect(Collectors.joining(","));

        HttpProblemException refused = catchThrowableOfType(
                HttpProblemException.class, () -> read("{\"handler\":{\"name\":\"sum\"},\"locks\":[" + names + "]}"));

        assertThat(refused.problem().problem().violations())
                .extracting(Violation::field)
                .containsExactly("locks");
    }

    @Test
    void traceIsNoFieldOfARequest() {
        HttpProblemException refused = catchThrowableOfType(
                HttpProblemException.class, () -> read("{\"handler\":{\"name\":\"sum\"},\"traceparent\":null}"));

        assertThat(refused.problem().status()).isEqualTo(400);
    }

    @Test
    void whatIsLeftOutOrNullHasItsDefault() {
        JobSpec job = read("{\"handler\":{\"name\":\"sum\"},\"priority\":null,\"retry\":{},\"timeout\":null}");

        assertThat(job.priority()).isEqualTo(Priority.MEDIUM);
        assertThat(job.retry()).isEqualTo(RetryPolicy.NONE);
        assertThat(job.timeout()).isNull();
        assertThat(job.delivery()).isEqualTo(Delivery.AT_LEAST_ONCE);
    }

    @Test
    void inputIsPlainJava() {
        JobSpec job = read("{\"handler\":{\"name\":\"sum\",\"input\":"
                + "{\"b\":[1,2.5,true,null],\"a\":\"x\",\"big\":123456789012345678901234567890}}}");

        assertThat(((Work.Handler) job.work()).input())
                .asInstanceOf(InstanceOfAssertFactories.MAP)
                .containsEntry("a", "x")
                .containsEntry("b", Arrays.asList(1L, 2.5, true, null))
                .containsEntry("big", new BigInteger("123456789012345678901234567890"));
    }

    @Test
    void commandMayAskForATerminalAndForItsColoursToBeTakenOut() {
        JobSpec job = read("{\"process\":{\"command\":[\"top\"],\"terminal\":true,\"ansi\":\"strip\"}}");

        assertThat(job.work()).isEqualTo(new Work.Process(List.of("top"), Map.of(), "", null, null, true, true));
        assertThat(new JsonValueCodec().decodeJobSpec(new JsonValueCodec().encodeJobSpec(job)))
                .isEqualTo(job);
    }

    @Test
    void scriptStandsInPlaceOfACommand() {
        JobSpec job = read(
                "{\"process\":{\"script\":{\"name\":\"build\",\"directory\":\"/srv/app\"},\"env\":{\"CI\":\"1\"}}}");

        assertThat(job.work())
                .isEqualTo(new Work.Process(
                        List.of(), Map.of("CI", "1"), "", null, new Work.Script("build", "/srv/app"), false, false));
        assertThat(read("{\"process\":{\"command\":[\"true\"],\"script\":null}}")
                        .work())
                .isEqualTo(new Work.Process(List.of("true"), Map.of(), "", null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|process.command",
                "{\"script\":{\"directory\":\"/srv\"}}|process.script.name",
                "{\"script\":{\"name\":\"build\"}}|process.script.directory",
                "{\"script\":{\"name\":\"build\",\"directory\":\"\"}}|process.script.directory",
                "{\"script\":{\"name\":\"a\",\"directory\":\"/b\"},\"command\":[\"true\"]}|process.script",
                "{\"script\":{\"name\":\"a\",\"directory\":\"/b\"},\"workingDirectory\":\"/c\"}|process.workingDirectory"
            })
    void processHasOneWayToStart(String process, String violated) {
        HttpProblem refused = refused("{\"process\":" + process + "}");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.problem().violations()).extracting(Violation::field).containsExactly(violated);
    }

    @Test
    void fieldThatCannotBeUnderstoodIs400AndAWrongValueIs422() {
        assertThat(refused("{\"handler\":{\"name\":1}}").status()).isEqualTo(400);
        assertThat(refused("{\"handler\":{\"name\":\"\"}}").status()).isEqualTo(422);
    }

    @Test
    void linesOfABatchAreToldApartByTheirIndex() {
        String good = "{\"handler\":{\"name\":\"a\"}}\n";

        var refused = catchThrowableOfType(
                HttpProblemException.class,
                () -> JobSpecReader.readLines(bytes(good + good + "{\"handler\":{}}\n" + good)));

        assertThat(JobSpecReader.readLines(bytes(good + good))).hasSize(2);
        assertThat(refused.problem().problem().violations())
                .singleElement()
                .satisfies(violation -> assertThat(violation.field()).isEqualTo("jobs[2].handler.name"));
    }

    @Test
    void listOfViolationsIsBounded() {
        String bad = "{\"handler\":{\"name\":\"\"}}\n";

        var refused = catchThrowableOfType(
                HttpProblemException.class, () -> JobSpecReader.readLines(bytes(bad.repeat(5_000))));

        assertThat(refused.problem().problem().violations()).hasSize(RequestLimits.VIOLATIONS_MAX);
    }

    private static HttpProblem refused(String json) {
        return catchThrowableOfType(HttpProblemException.class, () -> read(json))
                .problem();
    }

    private static JobSpec read(String json) {
        return JobSpecReader.readJob(bytes(json));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
