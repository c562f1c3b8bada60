package io.millrace.contracts.incident;

import io.millrace.contracts.ChannelName;
import org.jspecify.annotations.Nullable;

/**
 * Which incidents to list; what is absent does not matter.
 *
 * @param pageSize most that one page has, 1 to 1,000
 * @param pageToken of the page before, absent for the first one
 */
public record IncidentQuery(
        @Nullable IncidentState state,
        @Nullable ChannelName channel,
        @Nullable IncidentPriority priority,
        int pageSize,
        @Nullable String pageToken) {}
