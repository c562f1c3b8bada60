package io.millrace.contracts.handle;

/**
 * One boundary that does not hold.
 *
 * @param detail what was found and what was expected, for a person; no secrets
 */
public record BoundaryViolation(SecurityBoundary boundary, Severity severity, String detail) {

    /** How much it matters. */
    public enum Severity {
        /** The channel is misconfigured or above a limit; the command is answered. */
        WARNING,
        /** The command is refused. */
        CRITICAL
    }
}
