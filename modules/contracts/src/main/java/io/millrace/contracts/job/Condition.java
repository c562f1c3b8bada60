package io.millrace.contracts.job;

import java.time.Instant;

/**
 * Why something waits or is not as it should be.
 *
 * @param type stable name, for example {@code WaitingForSlot}
 * @param message for a person: what is waited for and who holds it
 * @param since when it became so
 */
public record Condition(String type, String message, Instant since) {}
