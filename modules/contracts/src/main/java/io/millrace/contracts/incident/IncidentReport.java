package io.millrace.contracts.incident;

import io.millrace.contracts.ChannelName;
import java.time.Instant;

/**
 * Something that has gone wrong once. Telling the same occurrence again changes nothing.
 *
 * @param subject what it is about within its channel and kind, for example the name of a service; reports about the same
 *     subject count up one incident
 * @param title one line
 * @param detail what has happened, with the names and values that tell it apart
 * @param advice what a person should do
 * @param node where it was seen
 * @param occurrence names this occurrence; unique in the cluster
 * @param at when it was seen
 */
public record IncidentReport(
        ChannelName channel,
        IncidentKind kind,
        String subject,
        IncidentSeverity severity,
        String title,
        String detail,
        String advice,
        String node,
        String occurrence,
        Instant at) {}
