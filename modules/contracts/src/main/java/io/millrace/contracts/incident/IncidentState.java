package io.millrace.contracts.incident;

/** How far an incident is (contract row G-100). */
public enum IncidentState {
    /** Nobody works on it yet; somebody may have acknowledged it. */
    OPEN,
    /** Somebody looks for the cause. */
    INVESTIGATING,
    /** Somebody says that it is over, or what it is about went away by itself. If it is seen again, it is open again. */
    RESOLVED,
    /** Nothing is left to be done. If it is seen again, there is a new incident. */
    CLOSED;

    /** True while somebody has to do something about it. */
    public boolean isActive() {
        return this == OPEN || this == INVESTIGATING;
    }
}
