package io.millrace.contracts.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far an attempt has come.
 *
 * @param completed units done
 * @param total units in all, absent when unknown
 * @param phase what is being done, for a person
 * @param startTime start of the attempt
 */
public record Progress(long completed, @Nullable Long total, String phase, Instant startTime) {}
