package io.millrace.channel.cleanup;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.domain.Limits;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which task each request with a key has registered; of {@link Limits#RESOURCE_KEYS_MAX} the oldest go first. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class RequestKeys {
    private final Map<String, Earlier> requests = new LinkedHashMap<>();

    /** @param bodyHash digest of the request, absent if its sender gave none */
    record Earlier(CleanupName task, @Nullable String bodyHash) {}

    @Nullable Earlier find(String key) {
        return requests.get(key);
    }

    void add(String key, CleanupName task, @Nullable String bodyHash) {
        requests.put(key, new Earlier(task, bodyHash));
        if (requests.size() > Limits.RESOURCE_KEYS_MAX) {
            requests.remove(requests.keySet().iterator().next());
        }
    }

    void clear() {
        requests.clear();
    }
}
