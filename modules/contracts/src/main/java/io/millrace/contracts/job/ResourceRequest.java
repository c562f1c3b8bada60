package io.millrace.contracts.job;

/**
 * A resource that an attempt needs for as long as it runs.
 *
 * @param type what is needed
 * @param size bytes for {@code BUFFER} and {@code MEMORY}, a count otherwise; at least 1
 */
public record ResourceRequest(ResourceType type, long size) {}
