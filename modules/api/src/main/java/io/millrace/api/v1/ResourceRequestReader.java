package io.millrace.api.v1;

import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests about resources (HTTP contract, section 5).
 *
 * <p>All methods throw {@link HttpProblemException}: status 400 if the body is no JSON, has an unknown field or a value of
 * the wrong type; 422 if values are wrong, listing every one of them.
 */
public final class ResourceRequestReader {
    /** Types by the names that requests and replies have for them. */
    public static final Map<String, ResourceType> TYPES = Arrays.stream(ResourceType.values())
            .collect(Collectors.toUnmodifiableMap(ResourceType::wireName, Function.identity()));

    private static final List<String> FIELDS = List.of("type", "size", "timeout", "ttl", "owner");

    private ResourceRequestReader() {}

    /**
     * A wish for a resource.
     *
     * @param owner name the caller gave its owner, absent for none
     */
    public record Wish(@Nullable String owner, AllocationRequest request) {}

    /** The wish in a request body. More than can ever be granted is for the channel to refuse, which knows its limits. */
    public static Wish read(byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            Wish wish = readWish(in);
            in.requireEnd();
            in.requireValid();
            return wish;
        }
    }

    private static Wish readWish(JsonInput in) {
        if (!in.nextRootValue() || !in.isObject("")) {
            throw in.wrongType("", "must be a JSON object");
        }
        ResourceType type = null;
        Long size = null;
        Duration timeout = null;
        Duration ttl = null;
        String owner = null;
        for (String name = in.nextField(); name != null; name = in.nextField()) {
            switch (name) {
                case "type" -> type = in.oneOf(name, TYPES);
                case "size" -> size = in.size(name, 1, RequestLimits.CHANNEL_AMOUNT_MAX);
                case "timeout" -> timeout = in.durationOrSeconds(name, Duration.ZERO, RequestLimits.RESOURCE_WAIT_MAX);
                case "ttl" ->
                    ttl = in.durationOrSeconds(name, RequestLimits.RESOURCE_TTL_MIN, RequestLimits.RESOURCE_TTL_MAX);
                case "owner" -> owner = FieldRules.owner(in, name);
                default -> in.unknownField("", name, FIELDS);
            }
        }
        in.requireGiven(
                "type",
                type,
                "must be one of "
                        + String.join(", ", TYPES.keySet().stream().sorted().toList()));
        in.requireGiven("size", size, "must be given: bytes for buffer and memory, a count otherwise");
        return new Wish(
                owner,
                new AllocationRequest(
                        type == null ? ResourceType.BUFFER : type, size == null ? 1 : size, timeout, ttl));
    }
}
