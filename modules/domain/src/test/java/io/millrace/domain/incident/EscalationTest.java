package io.millrace.domain.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.contracts.incident.EscalationStep;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.contracts.incident.IncidentView.Change;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EscalationTest {
    private static final Duration MOMENT = Duration.ofMillis(1);

    private final BookUnderTest incidents = new BookUnderTest();

    @ParameterizedTest
    @CsvSource({
        "CRITICAL,ACKNOWLEDGE,PT15M", "CRITICAL,INVESTIGATE,PT30M", "CRITICAL,RESOLVE,PT4H",
        "HIGH,ACKNOWLEDGE,PT1H", "HIGH,INVESTIGATE,PT2H", "HIGH,RESOLVE,PT24H",
        "MEDIUM,ACKNOWLEDGE,PT4H", "MEDIUM,INVESTIGATE,PT8H", "MEDIUM,RESOLVE,P3D"
    })
    @Proves("G-101")
    void aStepIsOverdueWhenItsTimeIsOverAndIsSaidSoOnce(
            IncidentSeverity severity, EscalationStep step, Duration limit) {
        UUID id = incidents.seen("db", severity);

        incidents.after(limit.minus(MOMENT));
        assertThat(incidents.incident(id).overdue()).doesNotContain(step);
        assertThat(isOverdue(id, step)).isFalse();

        List<IncidentEvent> events = incidents.after(MOMENT);

        assertThat(events).contains(new IncidentEvent.Overdue(id, incidents.nowMillis, step));
        assertThat(isOverdue(id, step)).isTrue();
        assertThat(incidents.changes(id)).contains(Change.OVERDUE);
        assertThat(incidents.after(MOMENT)).as("said once").isEmpty();
    }

    private boolean isOverdue(UUID id, EscalationStep step) {
        return IncidentViews.whole(incidents.incident(id), incidents.nowMillis).deadlines().stream()
                .anyMatch(deadline -> deadline.step() == step && deadline.isOverdue());
    }

    @Test
    @Proves("G-101")
    void whatIsDoneInTimeIsNotOverdue() {
        UUID id = incidents.seen("db", IncidentSeverity.CRITICAL);
        incidents.act(id, IncidentAction.ACKNOWLEDGE);

        assertThat(incidents.after(Duration.ofMinutes(16))).isEmpty();
        incidents.act(id, IncidentAction.INVESTIGATE);
        assertThat(incidents.after(Duration.ofHours(1))).isEmpty();
        incidents.act(id, IncidentAction.RESOLVE);
        assertThat(incidents.after(Duration.ofHours(5))).isEmpty();
    }

    @Test
    void theTimeCountsAnewFromReopening() {
        UUID id = incidents.seen("db", IncidentSeverity.CRITICAL);
        incidents.after(Duration.ofHours(5));
        incidents.act(id, IncidentAction.RESOLVE);
        incidents.act(id, IncidentAction.REOPEN);

        assertThat(incidents.incident(id).overdue()).isEmpty();
        assertThat(incidents.after(Duration.ofMinutes(14))).isEmpty();
        assertThat(incidents.after(Duration.ofMinutes(1)))
                .containsExactly(new IncidentEvent.Overdue(id, incidents.nowMillis, EscalationStep.ACKNOWLEDGE));
    }

    @Test
    void lowPrioritiesHaveNoDeadlines() {
        UUID low = incidents.seen("low", IncidentSeverity.LOW);
        UUID info = incidents.seen("info", IncidentSeverity.INFO);

        assertThat(incidents.after(Duration.ofDays(365))).isEmpty();
        assertThat(Escalation.deadlines(incidents.incident(low))).isEmpty();
        assertThat(Escalation.deadlines(incidents.incident(info))).isEmpty();
    }

    @Test
    @Proves("G-101")
    void aResolvedIncidentClosesAfterSevenDaysAndIsKeptForThirtyMore() {
        UUID id = incidents.in(IncidentState.RESOLVED, "db");

        incidents.after(Duration.ofDays(7).minus(MOMENT));
        assertThat(incidents.incident(id).state()).isEqualTo(IncidentState.RESOLVED);
        incidents.after(MOMENT);
        assertThat(incidents.incident(id).state()).isEqualTo(IncidentState.CLOSED);

        incidents.after(Limits.INCIDENT_KEPT_MAX.minus(MOMENT));
        assertThat(incidents.book.incident(id)).isNotNull();
        incidents.after(MOMENT);
        assertThat(incidents.book.incident(id)).isNull();
    }
}
