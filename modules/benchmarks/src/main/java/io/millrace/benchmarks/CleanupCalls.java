package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The cleanup of one channel, as a caller over HTTP uses it. Whatever ends otherwise than expected is an error. */
final class CleanupCalls {
    /** What a task does, as fields of a request: nothing, in a handler. */
    static final String NOOP = "\"handler\":{\"name\":\"noop\"}";

    /** Does nothing, and can be taken back. */
    static final String REVERSIBLE = NOOP + ",\"undo\":{" + NOOP + "}";

    /** Fails at its only try. */
    static final String FAILING = "\"handler\":{\"name\":\"fail\"},\"repeatable\":false";

    /** Withholds the channel's resources, and gives them back for good if all succeeds. */
    static final String RELEASE = "\"release\":\"resources\"";

    private final HttpCaller caller;
    private final String path;

    /** @param channel path of the channel */
    CleanupCalls(HttpCaller caller, String channel) {
        this.caller = caller;
        this.path = channel + "/cleanups";
    }

    /**
     * A request to register a task.
     *
     * @param work what it does, as fields of a request
     */
    static String task(String name, String work, String... dependsOn) {
        String dependencies =
                Arrays.stream(dependsOn).map(each -> '"' + each + '"').collect(Collectors.joining(","));
        return "{\"name\":\"" + name + "\"," + work + ",\"dependsOn\":[" + dependencies + "]}";
    }

    /** @return path of the task */
    String register(String task) throws IOException {
        return path + "/" + caller.post(path, task).text("name");
    }

    /** Executes a task behind all it depends on. */
    JsonNode execute(String task, String expectedStatus) throws IOException {
        return ended(caller.post(path + "/" + task + ":execute", ""), expectedStatus);
    }

    /** Executes every task, then gives everything back. */
    JsonNode executeAll() throws IOException {
        return ended(caller.post(path + ":executeAll", ""), "COMPLETE");
    }

    private static JsonNode ended(HttpCaller.Reply reply, String expectedStatus) throws IOException {
        JsonNode result = Api.parse(reply.body());
        if (!result.path("status").asText().equals(expectedStatus)) {
            throw new IllegalStateException("a cleanup did not end " + expectedStatus + ": " + reply.body());
        }
        return result;
    }

    /** Takes the latest execution of a task back. */
    HttpCaller.Reply rollBack(String task) throws IOException {
        return expect("\"rolledBack\":true", caller.post(path + "/" + task + ":rollback", ""));
    }

    HttpCaller.Reply show(String task) throws IOException {
        return expect("\"status\":\"COMPLETE\"", caller.get(path + "/" + task));
    }

    HttpCaller.Reply showMetrics(String task) throws IOException {
        return expect("\"executions\":1,", caller.get(path + "/" + task + "/metrics"));
    }

    HttpCaller.Reply validate(String task) throws IOException {
        return expect("\"passed\":true", caller.post(path + "/" + task + ":validate", ""));
    }

    HttpCaller.Reply validateDependencies(String task) throws IOException {
        return expect("\"valid\":true", caller.post(path + "/" + task + ":validateDependencies", ""));
    }

    HttpCaller.Reply verifyIsolation() throws IOException {
        return expect("\"isolated\":true", caller.post(path + ":verifyIsolation", ""));
    }

    private static HttpCaller.Reply expect(String content, HttpCaller.Reply reply) {
        if (!reply.body().contains(content)) {
            throw new IllegalStateException("a reply without " + content + ": " + reply.body());
        }
        return reply;
    }
}
