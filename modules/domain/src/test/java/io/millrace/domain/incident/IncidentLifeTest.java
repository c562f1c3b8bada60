package io.millrace.domain.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentPriority;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.contracts.incident.IncidentView.Change;
import io.millrace.domain.Limits;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IncidentLifeTest {
    private final BookUnderTest incidents = new BookUnderTest();

    /** The whole table: what each action leads to from each state, or that it is refused. */
    @ParameterizedTest
    @CsvSource({
        "OPEN,ACKNOWLEDGE,OPEN",
        "OPEN,INVESTIGATE,INVESTIGATING",
        "OPEN,RESOLVE,RESOLVED",
        "OPEN,CLOSE,refused",
        "OPEN,REOPEN,refused",
        "INVESTIGATING,ACKNOWLEDGE,refused",
        "INVESTIGATING,INVESTIGATE,refused",
        "INVESTIGATING,RESOLVE,RESOLVED",
        "INVESTIGATING,CLOSE,refused",
        "INVESTIGATING,REOPEN,refused",
        "RESOLVED,ACKNOWLEDGE,refused",
        "RESOLVED,INVESTIGATE,refused",
        "RESOLVED,RESOLVE,refused",
        "RESOLVED,CLOSE,CLOSED",
        "RESOLVED,REOPEN,OPEN",
        "CLOSED,ACKNOWLEDGE,refused",
        "CLOSED,INVESTIGATE,refused",
        "CLOSED,RESOLVE,refused",
        "CLOSED,CLOSE,refused",
        "CLOSED,REOPEN,OPEN"
    })
    @Proves("G-100")
    void anActionLeadsFromSomeStatesToAnotherAndIsRefusedInTheOthers(
            IncidentState from, IncidentAction action, String expected) {
        UUID id = incidents.in(from, "db");
        int entries = incidents.changes(id).size();

        if (expected.equals("refused")) {
            Problem problem = incidents.refused(id, action);

            assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_STATE);
            assertThat(problem.detail()).contains("is " + from, "Nothing was changed", "What is possible now: ");
            assertThat(incidents.incident(id).state()).isEqualTo(from);
        } else {
            incidents.act(id, action);

            assertThat(incidents.incident(id).state()).isEqualTo(IncidentState.valueOf(expected));
            assertThat(incidents.changes(id)).hasSize(entries + 1);
            assertThat(incidents.incident(id).timeline().entries().getLast())
                    .extracting(Timeline.Entry::by, Timeline.Entry::note, Timeline.Entry::atMillis)
                    .containsExactly("anna", "a note", incidents.nowMillis);
        }
    }

    @Test
    void aRefusalNamesWhatIsPossible() {
        UUID id = incidents.in(IncidentState.RESOLVED, "db");

        Problem problem = incidents.refused(id, IncidentAction.ACKNOWLEDGE);

        assertThat(problem.detail())
                .contains("is RESOLVED", "acknowledge is possible only while it is OPEN", "close, reopen, merge");
        assertThat(problem.context()).containsEntry("state", "RESOLVED");
    }

    @Test
    void acknowledgingTwiceChangesNothing() {
        UUID id = incidents.seen("db");
        incidents.act(id, IncidentAction.ACKNOWLEDGE);

        incidents.act(id, IncidentAction.ACKNOWLEDGE);

        assertThat(incidents.changes(id)).containsExactly(Change.OPENED, Change.ACKNOWLEDGED);
    }

    @Test
    void theSameSubjectCountsUpOneIncident() {
        UUID first = incidents.seen("db");

        UUID again = incidents.seen("db");
        UUID other = incidents.seen("web");

        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
        assertThat(incidents.incident(first).sightings().count()).isEqualTo(2);
        assertThat(incidents.seen(IncidentKind.CRASH_LOOP, "db"))
                .as("of another kind")
                .isNotEqualTo(first);
    }

    @Test
    void anOccurrenceThatIsToldAgainDoesNotCountAgainEvenAfterTheEnd() {
        var report = BookUnderTest.report(IncidentKind.CLEANUP_FAILED, "db", "run-1", incidents.nowMillis);
        UUID id = incidents.report(report);

        incidents.report(report);
        incidents.act(id, IncidentAction.RESOLVE);
        incidents.report(report);
        incidents.act(id, IncidentAction.CLOSE);
        UUID last = incidents.report(report);

        assertThat(last).isEqualTo(id);
        assertThat(incidents.incident(id).sightings().count()).isOne();
        assertThat(incidents.incident(id).state()).isEqualTo(IncidentState.CLOSED);
    }

    @Test
    void whatIsSeenAgainOpensAResolvedIncidentAndAfterAClosedOneANewOne() {
        UUID id = incidents.in(IncidentState.RESOLVED, "db");

        assertThat(incidents.seen("db")).isEqualTo(id);

        assertThat(incidents.incident(id).state()).isEqualTo(IncidentState.OPEN);
        assertThat(incidents.changes(id)).endsWith(Change.REOPENED, Change.SEEN_AGAIN);
        incidents.act(id, IncidentAction.RESOLVE);
        incidents.act(id, IncidentAction.CLOSE);
        assertThat(incidents.seen("db")).isNotEqualTo(id);
    }

    @Test
    void aClosedIncidentIsNotReopenedBesideAnotherOneAboutTheSame() {
        UUID closed = incidents.in(IncidentState.CLOSED, "db");
        UUID next = incidents.seen("db");

        Problem problem = incidents.refused(closed, IncidentAction.REOPEN);

        assertThat(problem.detail()).contains(next.toString(), "is OPEN");
    }

    @Test
    void theHighestSeverityMakesThePriority() {
        UUID id = incidents.seen("db", IncidentSeverity.MEDIUM);
        assertThat(incidents.incident(id).priority()).isEqualTo(IncidentPriority.P3);

        incidents.seen("db", IncidentSeverity.CRITICAL);
        incidents.seen("db", IncidentSeverity.LOW);

        assertThat(incidents.incident(id).priority()).isEqualTo(IncidentPriority.P1);
        assertThat(incidents.incident(id).trouble().detail()).contains("occurrence-3");
    }

    @Test
    @Proves("G-100")
    void mergingLinksParentAndChildAndClosesTheChild() {
        UUID child = incidents.seen("db");
        UUID parent = incidents.seen("web");

        incidents.merge(child, parent);

        assertThat(incidents.incident(child).state()).isEqualTo(IncidentState.CLOSED);
        assertThat(incidents.incident(child).mergedInto()).isEqualTo(parent);
        assertThat(incidents.incident(parent).children()).containsExactly(child);
        assertThat(incidents.incident(parent).sightings().count()).isEqualTo(2);
        assertThat(incidents.changes(child)).endsWith(Change.MERGED);
        assertThat(incidents.changes(parent)).endsWith(Change.CHILD_MERGED);
        assertThat(incidents.refused(child, IncidentAction.REOPEN).detail()).contains("part of incident " + parent);
        assertThat(incidents.seen("db")).as("seen again").isEqualTo(parent);
    }

    @Test
    @Proves("G-100")
    void whatCannotBeMergedIsRefused() {
        UUID open = incidents.seen("db");
        UUID resolved = incidents.in(IncidentState.RESOLVED, "web");
        UUID closed = incidents.in(IncidentState.CLOSED, "cache");
        UUID unknown = new UUID(9, 9);

        assertThat(incidents.mergeRefused(open, open).detail()).contains("part of itself");
        assertThat(incidents.mergeRefused(open, resolved).detail()).contains("is RESOLVED");
        assertThat(incidents.mergeRefused(closed, open).detail()).contains("is CLOSED");
        assertThat(incidents.mergeRefused(unknown, open).code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(incidents.mergeRefused(open, unknown).code()).isEqualTo(ErrorCode.NOT_FOUND);
        incidents.merge(resolved, open);
        assertThat(incidents.mergeRefused(resolved, open).detail()).contains("is a part of incident " + open);
        assertThat(incidents.mergeRefused(open, resolved).detail()).contains("is CLOSED");
    }

    @Test
    @Proves("G-44")
    void anIncidentIsRemovedOnceAndSoAreLinksToIt() {
        UUID child = incidents.seen("db");
        UUID parent = incidents.seen("web");
        incidents.merge(child, parent);

        assertThat(incidents.remove(parent)).isTrue();
        assertThat(incidents.remove(parent)).isFalse();

        assertThat(incidents.incident(child).mergedInto()).isNull();
        assertThat(incidents.changes(child)).endsWith(Change.LINK_REMOVED);
        assertThat(incidents.seen("db")).as("what it was counted in is gone").isNotEqualTo(child);
    }

    @Test
    void whatIsOverResolvesAnIncidentThatNobodyWorksOnAndIsNotedOtherwise() {
        UUID unattended = incidents.seen(IncidentKind.CRASH_LOOP, "web");
        UUID attended = incidents.seen(IncidentKind.CRASH_LOOP, "db");
        UUID lasting = incidents.seen(IncidentKind.ISOLATION_BREACHED, "threads");
        incidents.act(attended, IncidentAction.INVESTIGATE);

        incidents.subsided(IncidentKind.CRASH_LOOP, "web");
        incidents.subsided(IncidentKind.CRASH_LOOP, "db");
        incidents.subsided(IncidentKind.ISOLATION_BREACHED, "threads");
        incidents.subsided(IncidentKind.CRASH_LOOP, "unknown");

        assertThat(incidents.incident(unattended).state()).isEqualTo(IncidentState.RESOLVED);
        assertThat(incidents.incident(attended).state()).isEqualTo(IncidentState.INVESTIGATING);
        assertThat(incidents.changes(attended)).endsWith(Change.SUBSIDED);
        assertThat(incidents.incident(lasting).state()).isEqualTo(IncidentState.OPEN);
        assertThat(incidents.changes(lasting)).endsWith(Change.SUBSIDED);
    }

    @Test
    void timelineOccurrencesAndTextsAreBounded() {
        UUID id = incidents.seen("x".repeat(1_000));
        for (int n = 0; n < Limits.INCIDENT_TIMELINE_MAX; n++) {
            incidents.seen("x".repeat(1_000));
            incidents.act(id, IncidentAction.RESOLVE);
        }

        Incident incident = incidents.incident(id);

        assertThat(incident.key().subject()).hasSize(Limits.INCIDENT_TITLE_CHARS_MAX);
        assertThat(incident.timeline().entries()).hasSize(Limits.INCIDENT_TIMELINE_MAX);
        assertThat(incident.timeline().entries().getFirst().change()).isEqualTo(Change.OPENED);
        assertThat(incident.timeline().dropped()).isPositive();
        assertThat(incident.sightings().counted()).hasSize(Limits.INCIDENT_OCCURRENCES_MAX);
        assertThat(incident.sightings().count()).isEqualTo(Limits.INCIDENT_TIMELINE_MAX + 1);
    }

    @Test
    void whatIsSeenOftenTakesOneEntry() {
        UUID id = incidents.seen("db");

        for (int n = 0; n < 500; n++) {
            incidents.seen("db");
        }

        assertThat(incidents.changes(id)).containsExactly(Change.OPENED, Change.SEEN_AGAIN);
        assertThat(incidents.incident(id).timeline().entries().getLast().times())
                .isEqualTo(500);
    }

    @Test
    void whereThereIsNoRoomTheLongestClosedGoesFirstAndActiveOnesNever() {
        UUID resolved = incidents.in(IncidentState.RESOLVED, "resolved");
        incidents.nowMillis++;
        UUID closed = incidents.in(IncidentState.CLOSED, "closed");
        incidents.nowMillis++;
        UUID closedLater = incidents.in(IncidentState.CLOSED, "closed later");
        for (int n = 3; n < Limits.INCIDENTS_MAX; n++) {
            incidents.seen("s" + n);
        }

        incidents.seen("one more");
        assertThat(incidents.book.incident(closed)).isNull();
        incidents.seen("two more");
        assertThat(incidents.book.incident(closedLater)).isNull();
        incidents.seen("three more");
        assertThat(incidents.book.incident(resolved)).isNull();

        var report = BookUnderTest.report(IncidentKind.CRASH_LOOP, "four", "o", incidents.nowMillis);
        IncidentDecision decision = IncidentRules.report(incidents.book, report, new UUID(8, 8));
        assertThat(decision).isInstanceOf(IncidentDecision.Refused.class);
        assertThat(((IncidentDecision.Refused) decision).problem().code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
    }

    @Test
    void aSnapshotHasEverything() {
        UUID child = incidents.seen("db");
        UUID parent = incidents.in(IncidentState.INVESTIGATING, "web");
        incidents.merge(child, parent);
        incidents.in(IncidentState.CLOSED, "cache");

        IncidentBook copy = IncidentBook.of(incidents.book.snapshot());

        assertThat(copy.all()).containsExactlyElementsOf(incidents.book.all());
        incidents.book = copy;
        assertThat(incidents.seen("db")).isEqualTo(parent);
    }
}
