package io.millrace.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Calls a node as any client would: JSON over HTTP. */
final class HttpApi {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(90);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String base;

    HttpApi(String base) {
        this.base = base;
    }

    /**
     * @param status of the reply
     * @param headers of the reply
     * @param body JSON, or a text node if it is none
     */
    record Reply(int status, HttpHeaders headers, JsonNode body) {

        JsonNode expect(int expectedStatus) {
            if (status != expectedStatus) {
                throw new AssertionError("status " + status + " instead of " + expectedStatus + ": " + body);
            }
            return body;
        }

        /** The body, which must not be that of an error. */
        JsonNode expectSuccess() {
            if (status >= 300) {
                throw new AssertionError("status " + status + ": " + body);
            }
            return body;
        }
    }

    /** Where the API listens. */
    URI uri() {
        return URI.create(base);
    }

    Reply get(String path) {
        return send(request(path).GET());
    }

    Reply put(String path, String body) {
        return send(request(path).PUT(HttpRequest.BodyPublishers.ofString(body)));
    }

    Reply post(String path, String body) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Posts nothing, and says how long the answer may take. */
    Reply post(String path, Duration preferredWait) {
        return send(request(path)
                .header("Prefer", "wait=" + preferredWait.toSeconds())
                .POST(HttpRequest.BodyPublishers.noBody()));
    }

    Reply delete(String path) {
        return send(request(path).DELETE());
    }

    /** Sends bytes as they are. */
    Reply putBytes(String path, byte[] content) {
        return send(request(path)
                .setHeader("Content-Type", "application/octet-stream")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    /** Gets bytes as they are. */
    byte[] getBytes(String path) {
        HttpResponse<byte[]> reply = answer(request(path).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
        if (reply.statusCode() != 200) {
            throw new AssertionError("status " + reply.statusCode() + " of " + path);
        }
        return reply.body();
    }

    /** Submits a job and gives its id. */
    String submit(String channel, String spec) {
        return post("/v1/channels/" + channel + "/jobs", spec)
                .expect(201)
                .path("id")
                .asText();
    }

    /** Submits a job under a key, which makes it safe to do so again, and gives whatever the answer is. */
    Reply submit(String channel, String spec, String idempotencyKey) {
        return send(request("/v1/channels/" + channel + "/jobs")
                .header("Idempotency-Key", idempotencyKey)
                .POST(HttpRequest.BodyPublishers.ofString(spec)));
    }

    JsonNode job(String channel, String id) {
        return get("/v1/channels/" + channel + "/jobs/" + id).expect(200);
    }

    /** Waits until a job has ended, and gives it. */
    JsonNode ended(String channel, String id) {
        return post("/v1/channels/" + channel + "/jobs/" + id + ":wait?timeout=60s", "")
                .expect(200);
    }

    /** The lines a job wrote. */
    String log(String channel, String id) {
        return text("/v1/channels/" + channel + "/jobs/" + id + "/logs");
    }

    /** What a path answers when it is asked for bare text. */
    String text(String path) {
        return text(request(path).header("Accept", "text/plain").build()).body();
    }

    private static Reply send(HttpRequest.Builder builder) {
        HttpResponse<String> reply = text(builder.build());
        return new Reply(reply.statusCode(), reply.headers(), json(reply.body()));
    }

    private static HttpResponse<String> text(HttpRequest request) {
        return answer(request, HttpResponse.BodyHandlers.ofString());
    }

    private static <T> HttpResponse<T> answer(HttpRequest request, HttpResponse.BodyHandler<T> body) {
        try {
            // The client's own timeout ends with the head of the reply; a body may never end.
            return CLIENT.sendAsync(request, body).get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(request.uri() + " did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static JsonNode json(String body) {
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            return JSON.getNodeFactory().textNode(body);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json");
    }
}
