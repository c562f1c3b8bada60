package io.millrace.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/** The cleanup tasks of one channel, as a client of one node sees them. */
record CleanupApi(HttpApi api, String channel) {

    /** An action that runs a shell script. */
    static String command(String script) {
        return "{\"process\":{\"command\":[\"sh\",\"-c\",\"" + script + "\"]}}";
    }

    void register(String name, String dependsOn, String action) {
        register(name, dependsOn, action, "");
    }

    /**
     * @param dependsOn as JSON
     * @param more further fields, each behind a comma
     */
    void register(String name, String dependsOn, String action, String more) {
        api.post(
                        "/v1/channels/" + channel + "/cleanups",
                        "{\"name\":\"" + name + "\",\"dependsOn\":" + dependsOn + ",\"timeout\":\"5m\",\"action\":"
                                + action + more + "}")
                .expect(201);
    }

    /** Executes a task and shows how far that is when the wait is over. */
    JsonNode execute(String task, int waitSeconds) {
        return api.post(path(task) + ":execute", Duration.ofSeconds(waitSeconds))
                .expect(200);
    }

    HttpApi.Reply rollback(String task) {
        return api.post(path(task) + ":rollback", "");
    }

    String status(String task) {
        return task(task).path("status").asText();
    }

    JsonNode task(String task) {
        return api.get(path(task)).expect(200);
    }

    private String path(String task) {
        return "/v1/channels/" + channel + "/cleanups/" + task;
    }
}
