package io.millrace.contracts.handle;

import io.millrace.contracts.JobId;
import org.jspecify.annotations.Nullable;

/**
 * Who holds a lock or a resource, or waits for one. An attempt holds what it has until it has ended; an owner named by a
 * caller until it gives things back or their time is up.
 *
 * @param name for people: the name a caller gave, or {@code job 01J… attempt 2}
 * @param job job or thread whose attempt owns it, absent for an owner named by a caller
 * @param epoch fencing epoch of that attempt, 0 without one
 */
public record Owner(String name, @Nullable JobId job, long epoch) {

    public static Owner named(String name) {
        return new Owner(name, null, 0);
    }

    /** True if the owner is an attempt, whose end releases what it holds. */
    public boolean isAttempt() {
        return job != null;
    }

    @Override
    public String toString() {
        return name;
    }
}
