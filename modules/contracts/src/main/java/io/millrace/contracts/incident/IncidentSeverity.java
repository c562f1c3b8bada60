package io.millrace.contracts.incident;

/** How much harm something does. Who reports it says so; the highest one decides about the priority. */
public enum IncidentSeverity {
    /** Nothing is wrong yet. */
    INFO(IncidentPriority.P5),
    /** Something is lost that is made up for. */
    LOW(IncidentPriority.P4),
    /** One thing of a channel does not work. */
    MEDIUM(IncidentPriority.P3),
    /** Something is held or left behind that others may need. */
    HIGH(IncidentPriority.P2),
    /** A promise is broken: nobody knows in which state it is, or one channel reaches into another. */
    CRITICAL(IncidentPriority.P1);

    private final IncidentPriority priority;

    IncidentSeverity(IncidentPriority priority) {
        this.priority = priority;
    }

    /** Priority of an incident of this severity (contract row G-99). */
    public IncidentPriority priority() {
        return priority;
    }
}
