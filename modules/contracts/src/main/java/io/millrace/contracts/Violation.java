package io.millrace.contracts;

/**
 * One field of a request that is not acceptable.
 *
 * @param field path of the field in the request body, for example {@code process.command} or {@code jobs[3].timeout}
 * @param message what is wrong with it, for a person
 */
public record Violation(String field, String message) {}
