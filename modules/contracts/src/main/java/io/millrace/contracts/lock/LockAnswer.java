package io.millrace.contracts.lock;

import io.millrace.contracts.handle.Owner;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answer to a wish for a lock. A wish that breaks the order of levels, or closes a circle of waiting, is refused instead. */
public sealed interface LockAnswer {

    /**
     * The lock is held now, and that is durable.
     *
     * @param warnings orders that were broken by it, empty for none
     */
    record Granted(Lease lease, List<String> warnings) implements LockAnswer {
        public Granted {
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * It was not granted in time.
     *
     * @param holder who has it, absent if it was free a moment ago
     * @param heldSince when it was granted to them
     */
    record NotGranted(
            LockName lock, @Nullable Owner holder, @Nullable Instant heldSince) implements LockAnswer {}
}
