package io.millrace.domain.lock;

import io.millrace.contracts.lock.LockName;

/** What a decision about locks changes for good. It is stored before anybody hears of it. */
public sealed interface LockChange {

    /** A lock has a new holder. */
    record Granted(HeldLease lease) implements LockChange {}

    /** A lease has ended. */
    record Released(LockName lock, long token, Reason reason) implements LockChange {}

    /** Why a lease has ended. */
    enum Reason {
        /** Its holder gave it back. */
        RELEASED,
        /** It was not renewed in time. */
        EXPIRED,
        /** The attempt that held it has ended. */
        OWNER_ENDED,
        /** A cleanup of its channel ended it. */
        CLEANED_UP
    }
}
