package io.millrace.contracts.incident;

/** What somebody has to do about an incident within a time that follows from its priority (contract row G-101). */
public enum EscalationStep {
    ACKNOWLEDGE,
    INVESTIGATE,
    RESOLVE
}
