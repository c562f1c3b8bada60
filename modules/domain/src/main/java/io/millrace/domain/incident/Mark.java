package io.millrace.domain.incident;

/**
 * Who did something, and when.
 *
 * @param atMillis milliseconds since the epoch
 * @param by a person, or the part of the system that did it
 */
public record Mark(long atMillis, String by) {}
