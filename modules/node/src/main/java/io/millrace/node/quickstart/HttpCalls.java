package io.millrace.node.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.stream.Stream;

/** Plain calls to a node. */
final class HttpCalls {
    static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String base;

    HttpCalls(String base) {
        this.base = base;
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return json(client.send(request(path).GET().build(), HttpResponse.BodyHandlers.ofString()));
    }

    JsonNode put(String path, Object body) throws IOException, InterruptedException {
        return json(client.send(request(path).PUT(content(body)).build(), HttpResponse.BodyHandlers.ofString()));
    }

    JsonNode post(String path, Object body) throws IOException, InterruptedException {
        return json(client.send(request(path).POST(content(body)).build(), HttpResponse.BodyHandlers.ofString()));
    }

    /** Lines of a stream as they arrive, until the server ends it. */
    Stream<String> lines(String path, String mediaType) throws IOException, InterruptedException {
        return client.send(request(path).header("accept", mediaType).GET().build(), HttpResponse.BodyHandlers.ofLines())
                .body();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofMinutes(6))
                .header("content-type", "application/json");
    }

    private static HttpRequest.BodyPublisher content(Object body) throws IOException {
        return HttpRequest.BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body));
    }

    private static JsonNode json(HttpResponse<String> reply) throws IOException {
        JsonNode body = JSON.readTree(reply.body());
        if (reply.statusCode() >= 400) {
            throw new IOException(body.path("detail").asText(reply.body()));
        }
        return body;
    }
}
