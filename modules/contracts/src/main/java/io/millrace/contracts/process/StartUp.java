package io.millrace.contracts.process;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where the time went until the current or latest run of a process could be used.
 *
 * @param waited until the run was decided on: for what it depends on, or for its restart
 * @param starting from then until the system had started it, absent until it has
 * @param becomingReady from then until it was ready, absent until it is
 */
public record StartUp(
        Duration waited,
        @Nullable Duration starting,
        @Nullable Duration becomingReady) {}
