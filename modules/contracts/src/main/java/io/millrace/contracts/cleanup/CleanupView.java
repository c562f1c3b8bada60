package io.millrace.contracts.cleanup;

import io.millrace.contracts.handle.Handle;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A registered task as it is at one moment.
 *
 * @param status of its latest execution
 * @param latest the latest execution it took part in, absent before the first
 */
public record CleanupView(
        Handle handle,
        CleanupTask task,
        CleanupStatus status,
        Instant registeredAt,
        @Nullable CleanupResult latest) {}
