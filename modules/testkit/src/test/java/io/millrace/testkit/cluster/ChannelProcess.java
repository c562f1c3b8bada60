package io.millrace.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A process of a channel, seen through one node.
 *
 * @param id what it was given when it was started
 */
record ChannelProcess(HttpApi api, String channel, String id) {
    private static final Duration SHOWN_MAX = Duration.ofSeconds(90);

    /** Starts a service that is always started again, after 100 ms at first. */
    static ChannelProcess startService(HttpApi api, String channel, String name, Path script, Path... arguments) {
        return start(
                api,
                channel,
                name,
                "\"restart\":{\"policy\":\"always\",\"initialDelay\":\"100ms\"}," + "\"command\":"
                        + command(script, arguments));
    }

    /** Starts a command that is never started again. */
    static ChannelProcess startOnce(HttpApi api, String channel, String name, Path script, Path... arguments) {
        return start(api, channel, name, "\"command\":" + command(script, arguments));
    }

    private static ChannelProcess start(HttpApi api, String channel, String name, String spec) {
        String id = api.post("/v1/channels/" + channel + "/processes", "{\"name\":\"" + name + "\"," + spec + "}")
                .expect(201)
                .path("id")
                .asText();
        return new ChannelProcess(api, channel, id);
    }

    /** A shell script and its arguments as a command in JSON. */
    static String command(Path script, Path... arguments) {
        return Stream.concat(
                        Stream.of("sh", script.toString()),
                        Arrays.stream(arguments).map(Path::toString))
                .map(argument -> '"' + argument + '"')
                .collect(Collectors.joining(",", "[", "]"));
    }

    /** The same process through another node, or through another life of its node. */
    ChannelProcess at(ForkedNode node) {
        return new ChannelProcess(node.api(), channel, id);
    }

    JsonNode show() {
        return api.get(path()).expect(200);
    }

    /** Waits until it is shown as expected, and gives it. Its channel may be without an owner meanwhile. */
    JsonNode await(Predicate<JsonNode> expected) {
        return Awaitility.await("process " + id)
                .atMost(SHOWN_MAX)
                .ignoreExceptions()
                .until(this::show, expected);
    }

    /** Waits until a run with this number runs, and gives it. */
    JsonNode awaitRun(int number) {
        return await(shown ->
                shown.path("run").asInt() == number && shown.path("running").asBoolean());
    }

    /** The lines it wrote, as far as they are stored. */
    List<String> lines() {
        return api.text(path() + "/logs").lines().toList();
    }

    void stop() {
        api.post(path() + ":stop", "").expect(200);
    }

    private String path() {
        return "/v1/channels/" + channel + "/processes/" + id;
    }
}
