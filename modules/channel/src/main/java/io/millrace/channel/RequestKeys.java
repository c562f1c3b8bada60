package io.millrace.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What each request with a key has made; of {@link Limits#REQUEST_KEYS_MAX} the oldest go first.
 *
 * @param <T> names what was made
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class RequestKeys<T> {
    private final Map<String, Earlier<T>> requests = new LinkedHashMap<>();

    /** @param bodyHash digest of the request, absent if its sender gave none */
    public record Earlier<T>(T made, @Nullable String bodyHash) {

        /** True if a request with this digest is the same one again. */
        public boolean isSame(@Nullable String otherHash) {
            return Objects.equals(bodyHash, otherHash);
        }
    }

    public @Nullable Earlier<T> find(@Nullable String key) {
        return key == null ? null : requests.get(key);
    }

    public void add(String key, T made, @Nullable String bodyHash) {
        requests.put(key, new Earlier<>(made, bodyHash));
        if (requests.size() > Limits.REQUEST_KEYS_MAX) {
            requests.remove(requests.keySet().iterator().next());
        }
    }

    public void clear() {
        requests.clear();
    }
}
