package io.millrace.domain.process;

import io.millrace.contracts.JobId;
import org.jspecify.annotations.Nullable;

/**
 * An idempotency key and the process that was registered with it.
 *
 * @param bodyHash digest of the request that came with the key
 * @param atMillis when, in milliseconds since the epoch
 */
public record UsedKey(String key, @Nullable String bodyHash, JobId process, long atMillis) {}
