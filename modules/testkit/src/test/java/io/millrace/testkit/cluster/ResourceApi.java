package io.millrace.testkit.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/** The resources of one channel, as a client of one node sees them. */
final class ResourceApi {
    private final HttpApi api;
    private final String resources;

    ResourceApi(HttpApi api, String channel) {
        this.api = api;
        this.resources = "/v1/channels/" + channel + "/resources";
    }

    /** A resource that is granted at once. */
    JsonNode allocate(String type, long size) {
        return tryToAllocate(type, size, "0s").expect(201);
    }

    HttpApi.Reply tryToAllocate(String type, long size, String timeout) {
        return api.post(resources, "{\"type\":\"" + type + "\",\"size\":" + size + ",\"timeout\":\"" + timeout + "\"}");
    }

    /** A buffer that has this content. */
    JsonNode allocate(byte[] content) {
        JsonNode buffer = allocate("buffer", content.length);
        write(buffer, content).expect(204);
        return buffer;
    }

    HttpApi.Reply write(JsonNode buffer, byte[] content) {
        return api.putBytes(path(buffer) + "/content", content);
    }

    byte[] read(JsonNode buffer) {
        return api.getBytes(path(buffer) + "/content");
    }

    HttpApi.Reply show(JsonNode resource) {
        return api.get(path(resource));
    }

    boolean release(JsonNode resource) {
        return api.delete(path(resource)).expect(200).path("released").asBoolean();
    }

    boolean isBack(JsonNode resource) {
        return api.get(path(resource) + ":verifyCleanup")
                .expect(200)
                .path("complete")
                .asBoolean();
    }

    /** Everything that is held or waited for. */
    List<JsonNode> held() {
        return StreamSupport.stream(
                        api.get(resources + "?pageSize=1000")
                                .expect(200)
                                .path("items")
                                .spliterator(),
                        false)
                .filter(resource -> !resource.path("state").asText().equals("RELEASED"))
                .toList();
    }

    boolean isIsolated() {
        return api.post(resources + ":verifyIsolation", "")
                .expect(200)
                .path("isolated")
                .asBoolean();
    }

    /** The numbers of every type, buffers first. */
    List<JsonNode> metrics() {
        return api.get(resources + ":metrics").expect(200).valueStream().toList();
    }

    /** What is in use of each type, without those of which nothing is. */
    Map<String, Long> inUse() {
        return numbers("inUse");
    }

    /** What could be granted now of each type. */
    Map<String, Long> available() {
        return numbers("available");
    }

    private Map<String, Long> numbers(String field) {
        Map<String, Long> numbers = new TreeMap<>();
        api.get(resources + ":metrics").expect(200).properties().forEach(ofType -> {
            long number = ofType.getValue().path(field).asLong();
            if (number != 0) {
                numbers.put(ofType.getKey(), number);
            }
        });
        return numbers;
    }

    /** By its handle, which says more than its identifier: also which life of the channel it came from. */
    private String path(JsonNode resource) {
        return resources + "/" + resource.path("handle").asText();
    }
}
