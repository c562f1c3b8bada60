package io.millrace.contracts.handle;

import org.jspecify.annotations.Nullable;

/**
 * How a caller names a thing: by its handle, or by its identifier alone where the caller's authority comes from elsewhere,
 * such as the right to use the channel in whose path the identifier stands.
 *
 * @param handle absent if only the identifier is known
 */
public record Reference(String id, @Nullable Handle handle) {

    public static Reference to(Handle handle) {
        return new Reference(handle.id(), handle);
    }

    public static Reference byId(String id) {
        return new Reference(id, null);
    }
}
