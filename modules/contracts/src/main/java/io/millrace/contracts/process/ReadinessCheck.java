package io.millrace.contracts.process;

import java.time.Instant;

/**
 * What the latest readiness check of a run has found.
 *
 * @param at when its outcome was known
 * @param message why it was not passed, empty if it was
 * @param output what its command wrote, without control sequences: at most its last 2,000 characters; empty for a check
 *     that is no command
 */
public record ReadinessCheck(Instant at, boolean isPassed, String message, String output) {}
