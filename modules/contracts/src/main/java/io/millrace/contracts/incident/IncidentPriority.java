package io.millrace.contracts.incident;

/** How soon somebody has to act, the most urgent first. */
public enum IncidentPriority {
    P1,
    P2,
    P3,
    P4,
    P5
}
