package io.millrace.contracts.resource;

/** Why a resource went back. */
public enum ReleaseReason {
    /** Its owner gave it back. */
    RELEASED,
    /** Its time to live was over. */
    EXPIRED,
    /** The attempt or thread that held it has ended. */
    OWNER_ENDED,
    /** Its holder was gone without giving it back. */
    RECLAIMED,
    /** A cleanup of its channel gave it back. */
    CLEANED_UP
}
