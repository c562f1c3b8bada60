package io.millrace.domain.incident;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.domain.Limits;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a caller hears when something cannot be done about an incident: what, why, and what to do next. */
final class IncidentRefusals {
    private static final String COMPONENT = "IncidentManager";

    private IncidentRefusals() {}

    static Problem unknown(UUID incident) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                COMPONENT,
                "There is no incident " + incident + ". It was never there, was removed, or was closed for longer than "
                        + Limits.INCIDENT_KEPT_MAX.toDays() + " days. GET /management/incidents lists those there are.",
                Map.of("incident", incident.toString()));
    }

    static Problem notAllowed(Incident incident, IncidentAction action) {
        return invalidState(
                incident,
                "Incident " + incident.id() + " is " + incident.state() + ", and " + verb(action)
                        + " is possible only while it is "
                        + Stream.of(IncidentState.values())
                                .filter(action::isAllowedIn)
                                .map(Enum::name)
                                .collect(Collectors.joining(" or "))
                        + ". Nothing was changed. What is possible now: " + possible(incident) + ".");
    }

    static Problem isPart(Incident incident) {
        return invalidState(
                incident,
                "Incident " + incident.id() + " is a part of incident " + incident.mergedInto()
                        + " and stays closed. Nothing was changed. Do it with that one.");
    }

    static Problem hasRival(Incident incident, Incident rival) {
        return invalidState(
                incident,
                "Incident " + incident.id() + " stays closed, because incident " + rival.id()
                        + " is about the same and is " + rival.state() + ". Nothing was changed. Go on with that one.");
    }

    static Problem intoItself(Incident incident) {
        return invalidState(
                incident,
                "Incident " + incident.id() + " cannot become a part of itself. Name another one in \"into\".");
    }

    static Problem notMergeable(Incident incident) {
        return invalidState(
                incident,
                "Incident " + incident.id()
                        + " is CLOSED, and merge is possible only while it is OPEN or INVESTIGATING or "
                        + "RESOLVED. Nothing was changed. What is possible now: " + possible(incident) + ".");
    }

    static Problem notActive(Incident into) {
        return invalidState(
                into,
                "Incident " + into.id() + " is " + into.state()
                        + ", and another one can be merged only into one that is "
                        + "OPEN or INVESTIGATING. Nothing was changed. Reopen it first, or name another one.");
    }

    static Problem tooManyChildren(Incident into) {
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT,
                COMPONENT,
                "Incident " + into.id() + " has " + Limits.INCIDENT_CHILDREN_MAX
                        + " parts, which is the most it may have. Nothing was changed. Merge into another one.",
                Map.of("incident", into.id().toString(), "limit", Limits.INCIDENT_CHILDREN_MAX));
    }

    static Problem tooMany() {
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT,
                COMPONENT,
                "There are " + Limits.INCIDENTS_MAX
                        + " incidents that are OPEN or INVESTIGATING, which is the most there "
                        + "may be. The report was not taken in. Resolve or merge some.",
                Map.of("limit", Limits.INCIDENTS_MAX));
    }

    private static Problem invalidState(Incident incident, String detail) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                detail,
                Map.of(
                        "incident",
                        incident.id().toString(),
                        "state",
                        incident.state().name()));
    }

    private static String possible(Incident incident) {
        String actions = Stream.of(IncidentAction.values())
                .filter(action -> action.isAllowedIn(incident.state()))
                .map(IncidentRefusals::verb)
                .collect(Collectors.joining(", "));
        return incident.state() == IncidentState.CLOSED ? actions : actions + ", merge";
    }

    private static String verb(IncidentAction action) {
        return action.name().toLowerCase(Locale.ROOT);
    }
}
