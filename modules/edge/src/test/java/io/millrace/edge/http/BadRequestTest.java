package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.edge.ServerTest;
import io.millrace.edge.TestClient.Reply;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every bad input is answered by a problem that names it, and nothing of it is accepted. */
class BadRequestTest extends ServerTest {
    private static final String JOBS = "/v1/channels/default/jobs";

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    {                                                                   | 400 |
                    {"handler":{"name":"noop"}                                          | 400 |
                    [1]                                                                 | 400 |
                    {"handler":{"name":"noop"}} {}                                      | 400 |
                    {"handler":{"name":"noop","name":"noop"}}                           | 400 |
                    {"handler":{"name":"noop"},"priorty":"low"}                         | 400 | priorty
                    {"handler":{"name":"noop","inputs":1}}                              | 400 | handler.inputs
                    {"process":{"command":"echo hi"}}                                   | 400 | process.command
                    {"process":{"command":["echo",1]}}                                  | 400 | process.command[1]
                    {"handler":{"name":"noop"},"timeout":5}                             | 400 | timeout
                    {"handler":{"name":"noop"},"retry":{"maxAttempts":"3"}}             | 400 | retry.maxAttempts
                    {}                                                                  | 422 | process
                    {"process":{"command":[]}}                                          | 422 | process.command
                    {"process":{"command":[""]}}                                        | 422 | process.command[0]
                    {"process":{"command":["a\\u0000b"]}}                               | 422 | process.command
                    {"process":{"command":["true"],"env":{"lower":"1"}}}                | 422 | process.env.lower
                    {"process":{"command":["true"]},"handler":{"name":"noop"}}          | 422 | handler
                    {"kind":"handler","process":{"command":["true"]}}                   | 422 | kind
                    {"kind":"script","process":{"command":["true"]}}                    | 422 | kind
                    {"handler":{"name":""}}                                             | 422 | handler.name
                    {"handler":{"name":"noop"},"timeout":"5 parsecs"}                   | 422 | timeout
                    {"handler":{"name":"noop"},"timeout":"-5s"}                         | 422 | timeout
                    {"handler":{"name":"noop"},"timeout":"0s"}                          | 422 | timeout
                    {"handler":{"name":"noop"},"timeout":"99999999999999d"}             | 422 | timeout
                    {"handler":{"name":"noop"},"notBefore":"tomorrow"}                  | 422 | notBefore
                    {"handler":{"name":"noop"},"priority":"urgent"}                     | 422 | priority
                    {"handler":{"name":"noop"},"retry":{"maxAttempts":101}}             | 422 | retry.maxAttempts
                    {"handler":{"name":"noop"},"retry":{"jitter":1.5}}                  | 422 | retry.jitter
                    {"handler":{"name":"noop"},"resources":[{"type":"memory"}]}         | 422 | resources[0]
                    {"handler":{"name":"noop"},"resources":[{"type":"gpu","size":1}]}   | 422 | resources[0].type
                    {"handler":{"name":"noop"},"labels":{"a:b":"c"}}                    | 422 | labels.a:b
                    {"handler":{"name":"noop"},"needs":["01J"]}                         | 422 | needs
                    {"handler":{"name":"noop"},"unique":{"key":"k"}}                    | 422 | unique
                    {"handler":{"name":"noop"},"concurrency":{"key":"k"}}               | 422 | concurrency
                    {"handler":{"name":"noop"},"locks":"a"}                             | 400 | locks
                    {"handler":{"name":"noop"},"locks":["a","a"]}                       | 422 | locks[1]
                    {"handler":{"name":"noop"},"locks":["not a name"]}                  | 422 | locks[0]
                    {"handler":{"name":"noop"},"cleanup":[{"name":"a"}]}                | 422 | cleanup[0].action
                    {"kind":"http","http":{"url":"https://example.org"}}                | 422 | http
                    {"process":{"script":{"name":"build"}}}                             | 422 | process.script.directory
                    """)
    void badJobIsRefusedByName(String body, int status, String field) {
        var reply = client.post(JOBS, body);

        assertProblem(reply, status, "INVALID_ARGUMENT");
        if (field != null) {
            assertThat(reply.json().path("violations").findValuesAsText("field"))
                    .contains(field);
            assertThat(reply.json().path("detail").asText()).isNotBlank();
        }
        assertThat(client.get(JOBS).json().path("items")).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    {                                                                   | 400 |
                    []                                                                  | 400 |
                    {"handler":"noop"} {}                                               | 400 |
                    {"handler":{"name":"noop"}}                                         | 400 | handler
                    {"handler":"noop","handlers":1}                                     | 400 | handlers
                    {"handler":"noop","affinity":"0"}                                   | 400 | affinity
                    {"handler":"noop","affinity":[0.5]}                                 | 400 | affinity[0]
                    {}                                                                  | 422 | handler
                    {"handler":" "}                                                     | 422 | handler
                    {"handler":"a\\u0000b"}                                             | 422 | handler
                    {"handler":"noop","priority":"high"}                                | 422 | priority
                    {"handler":"noop","stackSize":"4KB"}                                | 422 | stackSize
                    {"handler":"noop","stackSize":"65MB"}                               | 422 | stackSize
                    {"handler":"noop","stackSize":-1}                                   | 422 | stackSize
                    {"handler":"noop","stackSize":"lots"}                               | 422 | stackSize
                    {"handler":"noop","affinity":[-1]}                                  | 422 | affinity[0]
                    {"handler":"noop","affinity":[0,1024]}                              | 422 | affinity[1]
                    {"handler":"noop","affinity":[3,3]}                                 | 422 | affinity[1]
                    """)
    void badThreadIsRefusedByName(String body, int status, String field) {
        var reply = client.post("/v1/channels/default/threads", body);

        assertProblem(reply, status, "INVALID_ARGUMENT");
        assertNamed(reply, field);
        assertThat(channels.threads().created()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    {                                                                   | 400 |
                    []                                                                  | 400 |
                    null                                                                | 400 |
                    {"ownr":"a"}                                                        | 400 | ownr
                    {"owner":7}                                                         | 400 | owner
                    {"timeout":true}                                                    | 400 | timeout
                    {"level":"2"}                                                       | 400 | level
                    {"level":1.5}                                                       | 400 | level
                    {"owner":""}                                                        | 422 | owner
                    {"owner":"a\\nb"}                                                   | 422 | owner
                    {"owner":"job 01HZZZZZZZZZZZZZZZZZZZZZZZ attempt 1"}                | 422 | owner
                    {"owner":"thread 01HZZZZZZZZZZZZZZZZZZZZZZZ"}                       | 422 | owner
                    {"timeout":-1}                                                      | 422 | timeout
                    {"timeout":-0.001}                                                  | 422 | timeout
                    {"timeout":"-1s"}                                                   | 422 | timeout
                    {"timeout":300.001}                                                 | 422 | timeout
                    {"timeout":"6m"}                                                    | 422 | timeout
                    {"timeout":1e300}                                                   | 422 | timeout
                    {"timeout":"soon"}                                                  | 422 | timeout
                    {"ttl":0}                                                           | 422 | ttl
                    {"ttl":"999ms"}                                                     | 422 | ttl
                    {"ttl":"11m"}                                                       | 422 | ttl
                    {"level":-1}                                                        | 422 | level
                    {"level":1000001}                                                   | 422 | level
                    """)
    void badWishForALockIsRefusedByName(String body, int status, String field) {
        var reply = client.post("/v1/channels/default/locks/schema:acquire", body);

        assertProblem(reply, status, "INVALID_ARGUMENT");
        assertNamed(reply, field);
        assertThat(client.get("/v1/channels/default/locks").json().path("items"))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    {}                                                                  | 422 | lease
                    null                                                                | 422 | lease
                    {"lease":null}                                                      | 422 | lease
                    {"lease":""}                                                        | 422 | lease
                    {"lease":"schema-1"}                                                | 422 | lease
                    {"lease":"mh1.AAAA.AAAA"}                                           | 422 | lease
                    {"lease":1}                                                         | 400 | lease
                    {"leases":[]}                                                       | 400 | leases
                    {"lease"                                                            | 400 |
                    """)
    void badLeaseIsRefusedByName(String body, int status, String field) {
        for (String method : new String[] {"renew", "release"}) {
            var reply = client.post("/v1/channels/default/locks/schema:" + method, body);

            assertProblem(reply, status, "INVALID_ARGUMENT");
            assertNamed(reply, field);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    {                                                                   | 400 |
                    []                                                                  | 400 |
                    null                                                                | 400 |
                    {"type":"buffer","size":1} {}                                       | 400 |
                    {"type":"buffer","sise":1}                                          | 400 | sise
                    {"type":1,"size":1}                                                 | 400 | type
                    {"type":"buffer","size":1.5}                                        | 400 | size
                    {"type":"buffer","size":true}                                       | 400 | size
                    {"type":"buffer","size":1,"timeout":true}                           | 400 | timeout
                    {"type":"buffer","size":1,"ttl":[]}                                 | 400 | ttl
                    {"type":"buffer","size":1,"owner":7}                                | 400 | owner
                    {"size":1}                                                          | 422 | type
                    {"type":null,"size":1}                                              | 422 | type
                    {"type":"gpu","size":1}                                             | 422 | type
                    {"type":"Buffer","size":1}                                          | 422 | type
                    {"type":"buffer"}                                                   | 422 | size
                    {"type":"buffer","size":0}                                          | 422 | size
                    {"type":"buffer","size":-1}                                         | 422 | size
                    {"type":"buffer","size":"0KB"}                                      | 422 | size
                    {"type":"buffer","size":"lots"}                                     | 422 | size
                    {"type":"memory","size":9223372036854775808}                        | 422 | size
                    {"type":"buffer","size":1,"timeout":-1}                             | 422 | timeout
                    {"type":"buffer","size":1,"timeout":"-1s"}                          | 422 | timeout
                    {"type":"buffer","size":1,"timeout":"6m"}                           | 422 | timeout
                    {"type":"buffer","size":1,"timeout":"soon"}                         | 422 | timeout
                    {"type":"buffer","size":1,"ttl":0}                                  | 422 | ttl
                    {"type":"buffer","size":1,"ttl":"999ms"}                            | 422 | ttl
                    {"type":"buffer","size":1,"ttl":"25h"}                              | 422 | ttl
                    {"type":"buffer","size":1,"owner":" "}                              | 422 | owner
                    {"type":"buffer","size":1,"owner":"a\\nb"}                          | 422 | owner
                    {"type":"buffer","size":1,"owner":"job 01HZZZZZZZZZZZZZZZZZZZZZZZ"} | 422 | owner
                    {"type":"buffer","size":1,"owner":"thread 01HZZZZZZZZZZZZZZZZZZZZ"} | 422 | owner
                    """)
    void badWishForAResourceIsRefusedByName(String body, int status, String field) {
        var reply = client.post("/v1/channels/default/resources", body);

        assertProblem(reply, status, "INVALID_ARGUMENT");
        assertNamed(reply, field);
        assertThat(channels.resources().requests()).isEmpty();
    }

    @Test
    void everyWrongValueOfAWishForAResourceIsListedOnce() {
        var reply = client.post(
                "/v1/channels/default/resources", "{\"type\":\"gpu\",\"timeout\":-1,\"ttl\":0,\"owner\":\"\"}");

        assertThat(reply.json().path("violations").findValuesAsText("field"))
                .containsExactly("type", "timeout", "ttl", "owner", "size");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, ''",
        "DELETE, ''",
        "GET, /metrics",
        "GET, /content",
        "PUT, /content",
        "GET, :verifyCleanup",
        "POST, :verifyCleanup"
    })
    void handleOfAResourceThatCannotBeReadIsRefused(String method, String suffix) {
        var reply = client.send(method, "/v1/channels/default/resources/mh1.AAAA.AAAA" + suffix, "");

        assertProblem(reply, 422, "INVALID_ARGUMENT");
        assertNamed(reply, "resource");
    }

    @Test
    void longOwnerLongHandleAndBadLockNameAreRefused() {
        String locks = "/v1/channels/default/locks/";
        var longOwner = client.post(locks + "schema:acquire", "{\"owner\":\"" + "x".repeat(201) + "\"}");
        var longLease = client.post(locks + "schema:release", "{\"lease\":\"mh1." + "A".repeat(5_000) + ".A\"}");
        var badName = client.post(locks + "-schema:acquire", "{}");
        var longName = client.post(locks + "x".repeat(129) + ":acquire", "{}");

        assertProblem(client.post(locks + "schema:release", ""), 422, "INVALID_ARGUMENT");
        assertProblem(longOwner, 422, "INVALID_ARGUMENT");
        assertProblem(longLease, 422, "INVALID_ARGUMENT");
        assertProblem(badName, 422, "INVALID_ARGUMENT");
        assertProblem(longName, 422, "INVALID_ARGUMENT");
        assertNamed(badName, "lock");
    }

    @Test
    void handleInAPathThatCannotBeReadIsRefused() {
        var reply = client.get("/v1/channels/default/threads/mh1.AAAA.AAAA");

        assertProblem(reply, 422, "INVALID_ARGUMENT");
        assertNamed(reply, "thread");
    }

    @ParameterizedTest
    @CsvSource({"grace=6m, 422", "grace=-1s, 422", "grace=soon, 422", "grase=1s, 400"})
    void badGraceIsRefusedAndNothingIsTerminated(String query, int status) {
        var thread = client.post("/v1/channels/default/threads", "{\"handler\":\"noop\"}");

        var reply = client.send("DELETE", thread.header("Location") + "?" + query, "");

        assertProblem(reply, status, "INVALID_ARGUMENT");
        assertThat(channels.threads().graces()).isEmpty();
    }

    @Test
    void everyWrongValueOfAThreadAndOfAWishIsListedAtOnce() {
        var thread =
                client.post("/v1/channels/default/threads", "{\"priority\":\"x\",\"stackSize\":1,\"affinity\":[-1]}");
        var wish = client.post(
                "/v1/channels/default/locks/schema:acquire", "{\"owner\":\"\",\"timeout\":-1,\"ttl\":0,\"level\":-1}");

        assertThat(thread.json().path("violations").findValuesAsText("field"))
                .containsExactly("priority", "stackSize", "affinity[0]", "handler");
        assertThat(wish.json().path("violations").findValuesAsText("field"))
                .containsExactly("owner", "timeout", "ttl", "level");
    }

    @Test
    void everyWrongValueIsListedAtOnce() {
        var reply = client.post(JOBS, "{\"process\":{\"command\":[]},\"timeout\":\"x\",\"priority\":\"x\"}");

        assertThat(reply.json().path("violations").findValuesAsText("field"))
                .containsExactly("process.command", "timeout", "priority");
    }

    @Test
    void unknownFieldIsAnsweredWithTheNameThatWasMeant() {
        var reply = client.post(JOBS, "{\"procces\":{}}");

        assertThat(reply.json().path("detail").asText()).contains("'process' was meant");
    }

    @Test
    void deepJsonIsRefused() {
        String deep = "[".repeat(60) + "]".repeat(60);

        var reply = client.post(JOBS, "{\"handler\":{\"name\":\"noop\",\"input\":" + deep + "}}");

        assertProblem(reply, 400, "INVALID_ARGUMENT");
        assertThat(reply.json().path("detail").asText()).contains("50");
    }

    @Test
    void longNumberAndNumberOutOfRangeAreRefused() {
        assertProblem(input("1" + "0".repeat(101)), 400, "INVALID_ARGUMENT");
        assertProblem(input("1e400"), 400, "INVALID_ARGUMENT");
    }

    @Test
    void jobOfMoreThanItsLimitIsRefused() {
        assertProblem(input("\"" + "x".repeat(300_000) + "\""), 422, "INVALID_ARGUMENT");
    }

    @Test
    void badChannelNameIsRefused() {
        var reply = client.get("/v1/channels/Not_A_Name");

        assertProblem(reply, 422, "INVALID_ARGUMENT");
        assertThat(reply.json().path("violations").path(0).path("field").asText())
                .isEqualTo("channel");
    }

    @Test
    void pageTokenFromElsewhereIsRefused() {
        assertProblem(client.get(JOBS + "?pageToken=elsewhere"), 422, "INVALID_ARGUMENT");
    }

    @ParameterizedTest
    @CsvSource({
        "/jobs?pageSize=x, 400, pageSize",
        "/jobs?pageSize=0, 422, pageSize",
        "/jobs?pageSize=1001, 422, pageSize",
        "/jobs?state=DONE, 422, state",
        "/jobs?kind=script, 422, kind",
        "/jobs?label=team, 422, label",
        "/jobs?since=yesterday, 422, since",
        "/jobs?sate=QUEUED, 400, sate",
        "/jobs?kind=process&kind=handler, 400, kind",
        "/logs?level=error, 400, level",
        "/logs?regex=a.*b, 400, regex",
        "/logs?after=first, 400, after",
        "/logs?tail=5&after=7, 422, tail",
        "/logs?stream=both, 422, stream",
        "/logs?follow=maybe, 400, follow",
        "/events?after=first, 422, after",
        "/threads?pageSize=0, 422, pageSize",
        "/threads?pageToken=elsewhere, 422, pageToken",
        "/threads?state=RUNNING, 400, state",
        "/locks?pageToken=o-1, 422, pageToken",
        "/locks:graph?depth=1, 400, depth",
        "/resources?pageSize=0, 422, pageSize",
        "/resources?pageToken=elsewhere, 422, pageToken",
        "/resources?type=gpu, 422, type",
        "/resources?state=HELD, 422, state",
        "/resources?kind=buffer, 400, kind",
        "/resources:limits?type=gpu, 400, type",
        "/resources:limits?type=, 400, type",
        "/resources:limits?type=buffer&type=memory, 400, type",
        "/resources:metrics?type=buffer, 400, type",
        "/jobs/01HZZZZZZZZZZZZZZZZZZZZZZZ:wait?timeout=soon, 422, timeout",
        "/jobs/01HZZZZZZZZZZZZZZZZZZZZZZZ:wait?timeout=-1s, 422, timeout",
    })
    void badQueryParameterIsRefusedByName(String path, int status, String field) {
        var reply = client.get("/v1/channels/default" + path);

        assertProblem(reply, status, "INVALID_ARGUMENT");
        assertThat(reply.json().path("violations").findValuesAsText("field")).containsExactly(field);
    }

    @Test
    void batchOverTheLimitIsRefusedWhole() {
        String body = "{\"jobs\":[" + (NO_OP + ",").repeat(10_000) + NO_OP + "]}";

        var reply = client.post(JOBS + ":batchCreate", body);

        assertProblem(reply, 422, "INVALID_ARGUMENT");
        assertThat(reply.json().path("violations").path(0).path("field").asText())
                .isEqualTo("jobs");
        assertThat(reply.json().path("detail").asText()).contains("10000");
        assertThat(client.get(JOBS).json().path("items")).isEmpty();
    }

    @Test
    void batchOfTheLimitIsAccepted() {
        String body = "{\"jobs\":[" + (NO_OP + ",").repeat(9_999) + NO_OP + "]}";

        assertThat(client.post(JOBS + ":batchCreate", body).json().path("items"))
                .hasSize(10_000);
    }

    @Test
    void invalidJobInTheMiddleOfABatchIsNamedByItsIndexAndNoneIsAccepted() {
        String bad = "{\"process\":{\"command\":[]}}";

        var reply = client.post(
                JOBS + ":batchCreate",
                "{\"jobs\":[" + NO_OP + "," + NO_OP + "," + NO_OP + "," + bad + "," + NO_OP + "]}");

        assertProblem(reply, 422, "INVALID_ARGUMENT");
        assertThat(reply.json().path("violations").findValuesAsText("field"))
                .containsExactly("jobs[3].process.command");
        assertThat(client.get(JOBS).json().path("items")).isEmpty();
    }

    @Test
    void malformedLineOfABatchIsNamedByItsIndex() {
        var reply = client.post(
                JOBS + ":batchCreate",
                NO_OP + "\n{\"handler\":{\"name\":\"noop\"},\"oops\":1}\n",
                "Content-Type",
                "application/x-ndjson");

        assertProblem(reply, 400, "INVALID_ARGUMENT");
        assertThat(reply.json().path("violations").findValuesAsText("field")).containsExactly("jobs[1].oops");
    }

    @Test
    void emptyBatchIsRefused() {
        assertProblem(client.post(JOBS + ":batchCreate", "{\"jobs\":[]}"), 422, "INVALID_ARGUMENT");
        assertProblem(client.post(JOBS + ":batchCreate", "{}"), 422, "INVALID_ARGUMENT");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/channels/default/jobs:cancel",
        "POST, /v1/channels/default/jobs:retry",
        "POST, /v1/channels/default/jobs:plan",
        "PUT, /v1/channels/default/schedules/nightly",
        "GET, /v1/channels/default/schedules",
        "POST, /v1/channels/default/schedules/nightly:trigger",
    })
    void operationThatIsNotOfferedYetIsRefusedByName(String method, String path) {
        var reply = client.send(method, path, "");

        assertProblem(reply, 400, "INVALID_ARGUMENT");
        assertThat(reply.json().path("detail").asText()).contains("not offered by this version");
    }

    @ParameterizedTest
    @CsvSource({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
    void bodyThatAFormCanSendIsRefused(String type) {
        var reply = client.post(JOBS, NO_OP, "Content-Type", type);

        assertProblem(reply, 415, "INVALID_ARGUMENT");
    }

    @Test
    void compressedBodyIsRefused() {
        assertProblem(client.post(JOBS, NO_OP, "Content-Encoding", "gzip"), 415, "INVALID_ARGUMENT");
    }

    @Test
    void idempotencyKeyThatIsTooLongIsRefused() {
        var reply = client.post(JOBS, NO_OP, "Idempotency-Key", "k".repeat(256));

        assertProblem(reply, 422, "INVALID_ARGUMENT");
    }

    private Reply input(String value) {
        return client.post(JOBS, "{\"handler\":{\"name\":\"noop\",\"input\":" + value + "}}");
    }

    private static void assertNamed(Reply reply, String field) {
        if (field != null) {
            assertThat(reply.json().path("violations").findValuesAsText("field"))
                    .contains(field);
        }
    }

    private static void assertProblem(Reply reply, int status, String code) {
        var problem = reply.json();
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        assertThat(reply.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("code").asText()).isEqualTo(code);
        assertThat(problem.path("type").asText())
                .isEqualTo(
                        "urn:millrace:problem:" + code.toLowerCase(Locale.ROOT).replace('_', '-'));
        assertThat(problem.path("title").asText()).isNotBlank();
        assertThat(problem.path("detail").asText()).isNotBlank();
        assertThat(problem.path("component").asText()).isNotBlank();
        assertThat(problem.path("temporary").isBoolean()).isTrue();
        assertThat(problem.path("timeout").isBoolean()).isTrue();
        assertThat(problem.path("context").isObject()).isTrue();
    }
}
