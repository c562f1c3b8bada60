package io.millrace.contracts.resource;

/**
 * Whether a resource is back where it came from (contract row R-09).
 *
 * @param complete true only if it is back and nothing refers to it
 * @param state its state now; {@code RELEASED} also for one that belonged to an earlier life of the channel and is gone with
 *     it
 * @param detail what is still missing, or when and why it went back; for people
 */
public record CleanupCheck(boolean complete, ResourceState state, String detail) {}
