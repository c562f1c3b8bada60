package io.millrace.domain.resource;

import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.ResourceType;
import java.util.List;

/**
 * Somebody wants resources, all of them or none.
 *
 * @param number chosen by the caller; a later wish has a higher one
 * @param waitNanos longest wait, 0 for none, {@link #UNBOUNDED} for an attempt, whose own time limit ends it
 * @param ttlNanos time after which they are taken back, 0 for never
 * @param areInUse true if they count as used from the grant on
 */
public record ResourceWish(
        long number, Owner owner, List<Part> parts, long waitNanos, long ttlNanos, boolean areInUse) {
    /** For a wish that somebody else takes care of ending. */
    public static final long UNBOUNDED = Long.MAX_VALUE;

    public ResourceWish {
        parts = List.copyOf(parts);
    }

    /** False if it is granted at once or refused. */
    boolean mayWait() {
        return waitNanos != 0;
    }

    /**
     * One resource of a wish.
     *
     * @param handle under which it will be known
     * @param size as it was asked for; less than 1 is refused
     */
    public record Part(Handle handle, ResourceType type, long size) {
        public String id() {
            return handle.id();
        }
    }
}
