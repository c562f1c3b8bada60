package io.millrace.edge.http;

import io.millrace.channel.Channels.IdempotencyKey;
import io.millrace.contracts.handle.Owner;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who owns what a request is granted. */
final class RequestOwners {
    private RequestOwners() {}

    /** Who gives no name gets one of its own; the same one when the request is sent again under its key. */
    static Owner of(@Nullable String name, @Nullable IdempotencyKey key) {
        if (name != null) {
            return Owner.named(name);
        }
        UUID id = key == null
                ? UUID.randomUUID()
                : UUID.nameUUIDFromBytes(key.key().getBytes(StandardCharsets.UTF_8));
        return Owner.named("request-" + id);
    }
}
