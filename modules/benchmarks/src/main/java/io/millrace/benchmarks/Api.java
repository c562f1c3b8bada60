package io.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Plain calls to the node under test, for everything that is not measured. */
final class Api {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port;

    Api(int port) {
        this.port = port;
    }

    JsonNode get(String path) {
        return call("GET", path, null);
    }

    JsonNode put(String path, String body) {
        return call("PUT", path, body);
    }

    JsonNode post(String path, String body) {
        return call("POST", path, body);
    }

    JsonNode delete(String path) {
        return call("DELETE", path, null);
    }

    /** A value of the Prometheus text at {@code /metrics}; 0 if it is not there. */
    double metric(String name) {
        String before = name + " ";
        return text("/metrics")
                .lines()
                .filter(line -> line.startsWith(before))
                .mapToDouble(line -> Double.parseDouble(line.substring(before.length())))
                .sum();
    }

    /**
     * A histogram of the Prometheus text at {@code /metrics}.
     *
     * @return by upper bound, how many values are at most as large; the last bound is infinite
     */
    NavigableMap<Double, Double> histogram(String name) {
        NavigableMap<Double, Double> counts = new TreeMap<>();
        Pattern bucket = Pattern.compile(Pattern.quote(name) + "_bucket\\{le=\"([^\"]+)\"} (\\S+)");
        bucket.matcher(text("/metrics"))
                .results()
                .forEach(line -> counts.put(
                        line.group(1).equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(line.group(1)),
                        Double.parseDouble(line.group(2))));
        return counts;
    }

    /** A request as bytes, to be sent many times by {@link HttpLoad}. */
    static byte[] rawPost(String path, String body) {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        byte[] head = ("POST " + path
                        + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
                        + content.length + "\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8);
        byte[] request = new byte[head.length + content.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(content, 0, request, head.length, content.length);
        return request;
    }

    /** A request for content as bytes, to be sent many times by {@link HttpLoad}. */
    static byte[] rawGet(String path) {
        return ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    }

    static JsonNode parse(String json) throws IOException {
        return JSON.readTree(json);
    }

    private JsonNode call(String method, String path, @Nullable String body) {
        try {
            return JSON.readTree(send(method, path, body));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String text(String path) {
        return send("GET", path, null);
    }

    private String send(String method, String path, @Nullable String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofMinutes(6))
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> reply = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (reply.statusCode() / 100 != 2) {
                throw new IllegalStateException(
                        method + " " + path + " answered " + reply.statusCode() + ": " + reply.body());
            }
            return reply.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the node", e);
        }
    }
}
