package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.api.v1.Operation;
import io.millrace.contracts.JobId;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.log.LogStream;
import io.millrace.contracts.process.ProcessView;
import io.millrace.edge.ServerTest;
import io.millrace.edge.TestClient.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The OpenAPI document says what the routes do: every operation, every parameter, every reply. */
class OpenApiTest extends ServerTest {
    private JsonNode document;
    private JobId job;

    @BeforeEach
    void anEndedJobWithOutput() {
        document = client.get("/openapi.json").json();
        job = submitted("{\"process\":{\"command\":[\"false\"]},\"labels\":{\"team\":\"core\"}}");
        channels.line(job, LogStream.STDOUT, "hello");
        channels.end(job, JobState.FAILED, 1, null);
    }

    @Test
    void documentIsOfVersion31() {
        assertThat(document.path("openapi").asText()).isEqualTo("3.1.0");
    }

    @Test
    void documentHasTheOperationsOfTheRouteTableAndNoOther() {
        Set<String> documented = new TreeSet<>();
        document.path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .properties()
                        .forEach(method -> documented.add(method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey()
                                + " " + method.getValue().path("operationId").asText())));

        Set<String> offered = new TreeSet<>();
        for (Operation operation : Operation.values()) {
            offered.add(operation.method() + " " + operation.path() + " " + operation.id());
        }
        assertThat(documented).isEqualTo(offered);
    }

    @ParameterizedTest
    @EnumSource(Operation.class)
    void documentHasTheParametersAndTheSummaryOfEachOperation(Operation operation) {
        JsonNode described = described(operation);
        Set<String> query = new TreeSet<>();
        List<String> inPath = new ArrayList<>();
        for (JsonNode parameter : described.path("parameters")) {
            JsonNode resolved = resolve(parameter);
            switch (resolved.path("in").asText()) {
                case "query" -> query.add(resolved.path("name").asText());
                case "path" -> inPath.add("{" + resolved.path("name").asText() + "}");
                default -> {}
            }
        }

        assertThat(query).isEqualTo(new TreeSet<>(operation.queryParameters()));
        assertThat(inPath).allMatch(operation.path()::contains);
        assertThat(described.path("summary").asText()).isEqualTo(operation.summary());
    }

    @Test
    void repliesAreAsTheDocumentSays() {
        String jobs = "/v1/channels/default/jobs";
        assertConforms(client.get("/"), Operation.GET_INDEX);
        assertConforms(client.get("/v1/channels"), Operation.LIST_CHANNELS);
        assertConforms(client.get("/v1/channels/default"), Operation.GET_CHANNEL);
        assertConforms(client.put("/v1/channels/build", "{}"), Operation.PUT_CHANNEL);
        assertConforms(client.put("/v1/channels/build", "{\"threads\":{\"affinity\":[0,1]}}"), Operation.PUT_CHANNEL);
        assertConforms(client.post("/v1/channels/build:pause", ""), Operation.PAUSE_CHANNEL);
        assertConforms(client.post("/v1/channels/build:purge", ""), Operation.PURGE_CHANNEL);
        assertConforms(client.send("DELETE", "/v1/channels/build", ""), Operation.DELETE_CHANNEL);
        assertConforms(client.post(jobs, NO_OP), Operation.SUBMIT_JOB);
        assertConforms(client.post(jobs + ":batchCreate", "{\"jobs\":[" + NO_OP + "]}"), Operation.SUBMIT_JOBS);
        assertConforms(client.get(jobs), Operation.LIST_CHANNEL_JOBS);
        assertConforms(client.get("/v1/jobs"), Operation.LIST_JOBS);
        assertConforms(client.get(path(job)), Operation.GET_JOB);
        assertConforms(client.get(path(job) + "/attempts"), Operation.LIST_ATTEMPTS);
        assertConforms(client.get(path(job) + "/cleanup"), Operation.GET_CLEANUP_OF_JOB);
        channels.cleanups().cleanUpBehind(job);
        assertConforms(client.get(path(job) + "/cleanup"), Operation.GET_CLEANUP_OF_JOB);
        assertConforms(client.get(path(job) + "/result"), Operation.GET_RESULT);
        assertConforms(client.get(path(job) + "/logs"), Operation.READ_JOB_LOGS);
        assertConforms(client.get(path(job) + "/events", "Accept", "application/json"), Operation.READ_JOB_EVENTS);
        assertConforms(client.post(path(job) + ":retry", ""), Operation.RETRY_JOB);
        assertConforms(client.post(path(job) + ":wait?timeout=1ms", ""), Operation.WAIT_FOR_JOB);
    }

    @Test
    void repliesAboutThreadsAreAsTheDocumentSays() {
        String threads = "/v1/channels/default/threads";
        var created = client.post(threads, "{\"handler\":\"noop\",\"stackSize\":\"1MB\",\"affinity\":[0]}");
        String thread = threads + "/" + created.json().path("id").asText();
        channels.threads().plant(new IsolationReport.Breach("intruder", "thread", "It was interrupted."));

        assertConforms(created, Operation.CREATE_THREAD);
        assertConforms(client.get(threads), Operation.LIST_THREADS);
        assertConforms(client.get(thread), Operation.GET_THREAD);
        assertConforms(client.get(thread + "/metrics"), Operation.GET_THREAD_METRICS);
        assertConforms(client.get(threads + ":metrics"), Operation.GET_THREADS_METRICS);
        assertConforms(client.post(thread + ":validate", ""), Operation.VALIDATE_THREAD);
        assertConforms(client.post(thread + ":validate", "{\"handle\":\"x\"}"), Operation.VALIDATE_THREAD);
        assertConforms(client.post(threads + ":verifyIsolation", ""), Operation.VERIFY_THREAD_ISOLATION);
        assertConforms(client.send("DELETE", thread, ""), Operation.TERMINATE_THREAD);
        assertConforms(client.get(thread), Operation.GET_THREAD);
        assertConforms(client.get(threads + "/unknown"), Operation.GET_THREAD);
        assertConforms(client.post(threads, "{}"), Operation.CREATE_THREAD);
    }

    @Test
    void repliesAboutLocksAreAsTheDocumentSays() {
        String locks = "/v1/channels/default/locks";
        var granted = client.post(locks + "/a:acquire", "{\"owner\":\"alice\",\"level\":2}");
        client.post(locks + "/b:acquire", "{\"owner\":\"alice\"}");
        String lease = "{\"lease\":\"" + granted.json().path("lease").asText() + "\"}";

        assertConforms(granted, Operation.ACQUIRE_LOCK);
        assertConforms(client.post(locks + "/a:acquire", "{\"timeout\":0}"), Operation.ACQUIRE_LOCK);
        assertConforms(client.post(locks + "/c:acquire", "{\"owner\":\"alice\",\"level\":1}"), Operation.ACQUIRE_LOCK);
        assertConforms(client.get(locks), Operation.LIST_LOCKS);
        assertConforms(client.get(locks + "/a"), Operation.GET_LOCK);
        assertConforms(client.get(locks + "/free"), Operation.GET_LOCK);
        assertConforms(client.get(locks + ":graph"), Operation.GET_LOCK_GRAPH);
        assertConforms(client.post(locks + ":verifyHierarchy", ""), Operation.VERIFY_LOCK_HIERARCHY);
        assertConforms(client.post(locks + "/a:renew", lease), Operation.RENEW_LOCK);
        assertConforms(client.post(locks + "/a:release", lease), Operation.RELEASE_LOCK);
        assertConforms(client.post(locks + "/a:renew", lease), Operation.RENEW_LOCK);
        assertConforms(client.post(locks + "/a:release", ""), Operation.RELEASE_LOCK);
    }

    @Test
    void repliesAboutResourcesAreAsTheDocumentSays() {
        String resources = "/v1/channels/default/resources";
        var granted = client.post(resources, "{\"type\":\"buffer\",\"size\":\"4KB\",\"ttl\":\"10m\"}");
        String resource = resources + "/" + granted.json().path("id").asText();
        channels.resources().plant(new IsolationReport.Breach("intruder", "resource", "It was taken back."));

        assertConforms(granted, Operation.ALLOCATE_RESOURCE);
        assertConforms(client.post(resources, "{\"type\":\"memory\",\"size\":5}"), Operation.ALLOCATE_RESOURCE);
        assertConforms(client.post(resources, "{\"type\":\"buffer\",\"size\":\"2MB\"}"), Operation.ALLOCATE_RESOURCE);
        assertConforms(client.post(resources, "{}"), Operation.ALLOCATE_RESOURCE);
        assertConforms(client.get(resources), Operation.LIST_RESOURCES);
        assertConforms(client.get(resource), Operation.GET_RESOURCE);
        assertConforms(client.get(resource + "/metrics"), Operation.GET_RESOURCE_METRICS);
        assertConforms(client.get(resource + ":verifyCleanup"), Operation.GET_RESOURCE_CLEANUP);
        assertConforms(client.post(resource + ":verifyCleanup", ""), Operation.VERIFY_RESOURCE_CLEANUP);
        assertConforms(client.post(resource + ":validate", ""), Operation.VALIDATE_RESOURCE);
        assertConforms(client.post(resources + ":verifyIsolation", ""), Operation.VERIFY_RESOURCE_ISOLATION);
        assertConforms(client.get(resources + ":limits"), Operation.GET_RESOURCE_LIMITS);
        assertConforms(client.get(resources + ":limits?type=buffer"), Operation.GET_RESOURCE_LIMITS);
        assertConforms(client.get(resources + ":limits?type=files"), Operation.GET_RESOURCE_LIMITS);
        assertConforms(client.get(resources + ":metrics"), Operation.GET_RESOURCES_METRICS);
        assertConforms(client.send("DELETE", resource, ""), Operation.RELEASE_RESOURCE);
        assertConforms(client.get(resource), Operation.GET_RESOURCE);
        assertConforms(client.get(resource + "/content"), Operation.READ_RESOURCE_CONTENT);
        assertConforms(client.put(resource + "/content", "x"), Operation.WRITE_RESOURCE_CONTENT);
    }

    @Test
    void repliesAboutCleanupsAreAsTheDocumentSays() {
        String cleanups = "/v1/channels/default/cleanups";
        var registered = client.post(
                cleanups,
                "{\"name\":\"a\",\"dependsOn\":[\"b\",\"other/c\"],\"process\":{\"command\":[\"true\"]},"
                        + "\"check\":{\"http\":{\"url\":\"http://h\"}},\"undo\":{\"handler\":{\"name\":\"sum\"}}}");
        client.post(cleanups, "{\"name\":\"b\",\"handler\":{\"name\":\"fail\"},\"dependents\":[\"build\"]}");
        channels.cleanups().plant(new IsolationReport.Breach("intruder", "lock", "It was taken back."));

        assertConforms(registered, Operation.REGISTER_CLEANUP);
        assertConforms(client.post(cleanups, "{\"name\":\"a\",\"release\":\"all\"}"), Operation.REGISTER_CLEANUP);
        assertConforms(client.post(cleanups, "{}"), Operation.REGISTER_CLEANUP);
        assertConforms(client.get(cleanups + "/b"), Operation.GET_CLEANUP);
        assertConforms(client.post(cleanups + "/a:execute", ""), Operation.EXECUTE_CLEANUP);
        assertConforms(client.get(cleanups), Operation.LIST_CLEANUPS);
        assertConforms(client.get(cleanups + "/a"), Operation.GET_CLEANUP);
        assertConforms(client.get(cleanups + "/unknown"), Operation.GET_CLEANUP);
        assertConforms(client.get(cleanups + "/a/metrics"), Operation.GET_CLEANUP_METRICS);
        assertConforms(client.get(cleanups + "/a/history"), Operation.GET_CLEANUP_HISTORY);
        assertConforms(client.get(cleanups + ":metrics"), Operation.GET_CLEANUPS_METRICS);
        assertConforms(client.post(cleanups + "/a:validate", ""), Operation.VALIDATE_CLEANUP);
        assertConforms(client.post(cleanups + "/a:validateDependencies", ""), Operation.VALIDATE_CLEANUP_DEPENDENCIES);
        assertConforms(client.post(cleanups + "/a:rollback", ""), Operation.ROLL_CLEANUP_BACK);
        assertConforms(client.post(cleanups + ":verifyIsolation", ""), Operation.VERIFY_CLEANUP_ISOLATION);
        assertConforms(client.post(cleanups + ":executeAll", ""), Operation.EXECUTE_ALL_CLEANUPS);
        assertConforms(client.send("DELETE", cleanups + "/a", ""), Operation.REMOVE_CLEANUP);
    }

    @Test
    void repliesAboutProcessesAreAsTheDocumentSays() {
        String processes = "/v1/channels/default/processes";
        var started = client.post(
                processes,
                "{\"name\":\"web\",\"command\":[\"true\"],\"restart\":\"always\",\"ready\":{\"tcp\":80},"
                        + "\"dependsOn\":[\"db\"],\"successExitCodes\":[3]}");
        JobId id = JobId.parse(started.json().path("id").asText());

        assertConforms(started, Operation.START_PROCESS);
        assertConforms(
                client.post(
                        processes,
                        "{\"name\":\"db\",\"command\":[\"postgres\"],\"ready\":{\"log\":\"up\",\"exec\":[\"pg_isready\"]},"
                                + "\"stop\":{\"command\":[\"pg_ctl\",\"stop\"]},"
                                + "\"dependsOn\":[{\"name\":\"disk\",\"condition\":\"logged\"}]}"),
                Operation.START_PROCESS);
        assertConforms(client.post(processes, "{\"name\":\"web\",\"command\":[\"true\"]}"), Operation.START_PROCESS);
        assertConforms(client.post(processes, "{}"), Operation.START_PROCESS);
        assertConforms(client.post(processes + "/web:signal", "{\"signal\":\"HUP\"}"), Operation.SIGNAL_PROCESS);
        channels.processes().run(id, true);
        assertConforms(client.get(processes + "/web"), Operation.GET_PROCESS);
        assertConforms(client.post(processes + "/web:signal", "{\"signal\":\"HUP\"}"), Operation.SIGNAL_PROCESS);
        channels.processes().end(id, 1);
        assertConforms(client.get(processes), Operation.LIST_PROCESSES);
        assertConforms(client.get(processes + "/unknown"), Operation.GET_PROCESS);
        assertConforms(client.post(processes + "/web:restart", ""), Operation.RESTART_PROCESS);
        assertConforms(client.post(processes + "/web:stop", ""), Operation.STOP_PROCESS);
        assertConforms(client.get(processes + ":metrics"), Operation.GET_PROCESSES_METRICS);
        assertConforms(client.get("/v1/channels/default/scripts?directory=/srv/app"), Operation.LIST_SCRIPTS);
        assertConforms(client.get("/v1/channels/default/scripts"), Operation.LIST_SCRIPTS);
        assertConforms(client.send("DELETE", processes + "/web", ""), Operation.REMOVE_PROCESS);
    }

    @Test
    void jobThatRunsAScriptIsAsTheDocumentSays() {
        var submitted = client.post(
                "/v1/channels/default/jobs",
                "{\"process\":{\"script\":{\"name\":\"build\",\"directory\":\"/srv/app\"}}}");

        assertConforms(submitted, Operation.SUBMIT_JOB);
        assertThat(submitted
                        .json()
                        .path("spec")
                        .path("process")
                        .path("script")
                        .path("name")
                        .asText())
                .isEqualTo("build");
        assertThat(client.get(submitted.header("Location")).json().path("spec"))
                .isEqualTo(submitted.json().path("spec"));
    }

    @Test
    void outputOfAProcessIsAsTheDocumentSays() {
        var started = client.post("/v1/channels/default/processes", "{\"name\":\"web\",\"command\":[\"true\"]}");
        ProcessView web = Objects.requireNonNull(channels.processes()
                .process(JobId.parse(started.json().path("id").asText())));
        channels.line(web, LogStream.STDERR, "listening");

        assertConforms(client.get("/v1/channels/default/processes/web/logs"), Operation.READ_PROCESS_LOGS);
        assertConforms(client.get("/v1/channels/default/logs"), Operation.READ_CHANNEL_LOGS);
        assertConforms(client.send("DELETE", "/v1/channels/default/logs?process=web", ""), Operation.REMOVE_LOGS);
        assertConforms(client.send("DELETE", "/v1/channels/default/logs?process=db", ""), Operation.REMOVE_LOGS);
    }

    @Test
    void cleanupOfAJobIsAsTheDocumentSays() {
        var submitted = client.post(
                "/v1/channels/default/jobs",
                "{\"handler\":{\"name\":\"noop\"},\"cleanup\":[{\"name\":\"a\",\"process\":{\"command\":[\"true\"]}},"
                        + "{\"name\":\"b\",\"dependsOn\":[\"a\"],\"http\":{\"url\":\"http://h\"}}]}");

        assertConforms(submitted, Operation.SUBMIT_JOB);
        assertThat(submitted.json().path("spec").path("cleanup").findValuesAsText("name"))
                .containsExactly("a", "b");
    }

    @Test
    void contentOfABufferIsOfTheTypeTheDocumentSays() {
        var granted = client.post("/v1/channels/default/resources", "{\"type\":\"buffer\",\"size\":1}");
        String content = granted.header("Location") + "/content";

        var written = client.put(content, "x");
        var read = client.get(content);

        assertThat(response(Operation.WRITE_RESOURCE_CONTENT, written).has("content"))
                .isFalse();
        assertThat(written.body()).isEmpty();
        assertThat(response(Operation.READ_RESOURCE_CONTENT, read)
                        .path("content")
                        .has(read.header("Content-Type")))
                .isTrue();
    }

    @Test
    void problemsAreAsTheDocumentSays() {
        String jobs = "/v1/channels/default/jobs";
        assertConforms(client.post(jobs, "{"), Operation.SUBMIT_JOB);
        assertConforms(client.post(jobs, "{}"), Operation.SUBMIT_JOB);
        assertConforms(client.post("/v1/channels/nowhere/jobs", NO_OP), Operation.SUBMIT_JOB);
        assertConforms(client.post(jobs, NO_OP, "Content-Type", "text/plain"), Operation.SUBMIT_JOB);
        assertConforms(client.get(path(job) + "/logs", "Accept", "image/png"), Operation.READ_JOB_LOGS);
        assertConforms(client.post(path(new JobId(1, 1)) + ":cancel", ""), Operation.CANCEL_JOB);
    }

    private void assertConforms(Reply reply, Operation operation) {
        JsonNode response = response(operation, reply);
        JsonNode schema =
                response.path("content").path(reply.header("Content-Type")).path("schema");
        assertThat(schema.isMissingNode())
                .as("%s does not document %s", operation, reply.header("Content-Type"))
                .isFalse();
        assertThat(new SchemaCheck(document).violations(schema, reply.json()))
                .as("%s: %s", operation, reply.body())
                .isEmpty();
    }

    /** What the document says of replies with the status of this one. */
    private JsonNode response(Operation operation, Reply reply) {
        JsonNode response = resolve(described(operation).path("responses").path(Integer.toString(reply.status())));
        assertThat(response.isMissingNode())
                .as("%s does not document status %d", operation, reply.status())
                .isFalse();
        return response;
    }

    private JsonNode described(Operation operation) {
        return document.path("paths")
                .path(operation.path())
                .path(operation.method().name().toLowerCase(Locale.ROOT));
    }

    private JsonNode resolve(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }
}
