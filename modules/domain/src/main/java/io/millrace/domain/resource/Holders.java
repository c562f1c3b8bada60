package io.millrace.domain.resource;

import io.millrace.contracts.handle.Owner;
import org.jspecify.annotations.Nullable;

/**
 * Who holds most of something.
 *
 * @param most absent if nobody holds any
 * @param amount of that owner, as users count it
 */
record Holders(@Nullable Owner most, long amount) {
    static final Holders NOBODY = new Holders(null, 0);

    /** A clause for people, empty if nobody holds any. */
    String clause() {
        return most == null ? "" : "; '" + most + "' holds most, " + amount;
    }

    String name() {
        return most == null ? "" : most.name();
    }
}
