package io.millrace.api.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.work.JobKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValueCodecTest {
    private final JsonValueCodec codec = new JsonValueCodec();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kind\":\"handler\",\"handler\":{\"name\":\"noop\"}}",
                "{\"kind\":\"process\",\"process\":{\"command\":[\"a\",\"ä \\\"b\\\"\"],\"env\":{\"A\":\"1\",\"B\":\"2\"},"
                        + "\"stdin\":\"x\\n\",\"workingDirectory\":\"/tmp\"},\"name\":\"n\",\"priority\":\"low\","
                        + "\"timeout\":\"90s\",\"queueTimeout\":\"1h\",\"notBefore\":\"2026-01-31T12:00:00.500Z\","
                        + "\"retry\":{\"maxAttempts\":3,\"initialDelay\":\"250ms\",\"factor\":1.5,\"maxDelay\":\"1m\","
                        + "\"jitter\":0,\"exitCodes\":{\"noRetry\":[2]}},\"delivery\":\"at-most-once\","
                        + "\"resources\":[{\"type\":\"buffer\",\"size\":65536},{\"type\":\"memory\",\"size\":\"128MB\"}],"
                        + "\"progressTotal\":9,\"labels\":{\"team\":\"core\"},"
                        + "\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}",
                "{\"kind\":\"process\",\"process\":{\"script\":{\"name\":\"build\",\"directory\":\"/srv\"},"
                        + "\"env\":{\"A\":\"1\"}}}",
                "{\"kind\":\"handler\",\"handler\":{\"name\":\"sum\",\"input\":{\"b\":[1,2.5,null,\"x\"],\"a\":{}}}}",
            })
    void jobSpecificationIsStoredAsItWasWritten(String json) {
        JobSpec spec = codec.decodeJobSpec(json.getBytes(StandardCharsets.UTF_8));

        assertThat(new String(codec.encodeJobSpec(spec), StandardCharsets.UTF_8))
                .isEqualTo(json);
    }

    @Test
    void storedSpecificationLeavesOutDefaults() {
        JobSpec spec = JobSpecReader.readJob(
                "{\"handler\":{\"name\":\"noop\"},\"priority\":\"medium\",\"labels\":{},\"retry\":{\"maxAttempts\":1}}"
                        .getBytes(StandardCharsets.UTF_8));

        assertThat(codec.encodeJobSpec(spec))
                .hasSize("{\"kind\":\"handler\",\"handler\":{\"name\":\"noop\"}}".length());
    }

    @Test
    void whatALaterVersionAddedIsPassedOver() {
        JobSpec spec = codec.decodeJobSpec(
                "{\"kind\":\"handler\",\"handler\":{\"name\":\"a\",\"x\":[1,{}]},\"needs\":[\"b\"],\"future\":{\"y\":1}}"
                        .getBytes(StandardCharsets.UTF_8));

        assertThat(spec.work().kind()).isEqualTo(JobKind.HANDLER);
    }

    @Test
    void channelSpecificationSurvives() {
        ChannelSpec spec = new ChannelSpec(
                new ChannelSpec.Threads(3, List.of(0, 1)),
                new ChannelSpec.Resources(new ChannelSpec.Buffers(1, 2, 3), 1_000_000, 4, 5),
                7,
                Set.of(JobKind.PROCESS),
                Duration.ofMillis(1_500),
                new ChannelSpec.Retention(Duration.ofHours(36), 1L << 30, 9),
                Map.of("CI", "true"),
                Map.of("team", "core"));

        assertThat(codec.decodeChannelSpec(codec.encodeChannelSpec(spec))).isEqualTo(spec);
        assertThat(codec.decodeChannelSpec("{}")).isEqualTo(ChannelSpec.DEFAULT);
        assertThat(codec.encodeChannelSpec(ChannelSpec.DEFAULT))
                .contains("\"memory\":\"256MB\"", "\"jobs\":\"7d\"", "\"logs\":\"64MB\"");
    }

    @Test
    void problemSurvives() {
        Problem problem = new Problem(
                ErrorCode.RESOURCE_LIMIT,
                "ResourceManager",
                "Too much.",
                Map.of("limit", 5L, "type", "buffer"),
                List.of(new Violation("a", "b")),
                Duration.ofMillis(250));

        assertThat(codec.decodeProblem(codec.encodeProblem(problem))).isEqualTo(problem);
    }

    @Test
    void plainValuesSurviveInTheirOrder() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("z", Arrays.asList(1L, -2.5, true, null, "ü"));
        value.put("a", Map.of());

        assertThat(codec.encodeValue(value)).isEqualTo("{\"z\":[1,-2.5,true,null,\"ü\"],\"a\":{}}");
        assertThat(codec.decodeValue(codec.encodeValue(value))).isEqualTo(value);
        assertThat(codec.decodeValue("null")).isNull();
    }

    @Test
    void whatIsNoJsonValueIsRefused() {
        List<Object> endless = new ArrayList<>();
        endless.add(endless);

        assertThatThrownBy(() -> codec.encodeValue(new Object())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> codec.encodeValue(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> codec.encodeValue(Map.of(1, 2))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> codec.encodeValue(endless)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> codec.decodeValue("{")).isInstanceOf(IllegalArgumentException.class);
    }
}
