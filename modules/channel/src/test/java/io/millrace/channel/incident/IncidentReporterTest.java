package io.millrace.channel.incident;

import static io.millrace.channel.incident.TestReports.BUILD;
import static io.millrace.channel.incident.TestReports.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.Instruments;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.UUID;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node's reports on their way to an incident manager whose part the test plays. */
class IncidentReporterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());
    private final Instruments instruments = new Instruments();
    private final TestProbe<IncidentManager.Command> manager = kit.createTestProbe(IncidentManager.Command.class);
    private final ActorRef<IncidentReporter.Command> reporter =
            kit.spawn(IncidentReporter.create(manager.ref(), instruments));

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private void tell(String occurrence) {
        reporter.tell(new IncidentReporter.Report(report("db", occurrence)));
    }

    private IncidentManager.File next() {
        return manager.expectMessageClass(IncidentManager.File.class, PATIENCE);
    }

    private static void filed(IncidentManager.File file) {
        file.replyTo().tell(new IncidentManager.Filed(UUID.randomUUID()));
    }

    @Test
    void theNextReportIsSentWhenTheOneBeforeItIsStored() {
        tell("1");
        reporter.tell(new IncidentReporter.Subsided(BUILD, IncidentKind.CLEANUP_FAILED, "db", "it is over"));
        tell("2");

        IncidentManager.File first = next();
        manager.expectNoMessage(Duration.ofMillis(50));
        filed(first);

        var subside = manager.expectMessageClass(IncidentManager.Subside.class, PATIENCE);
        assertThat(subside.key().subject()).isEqualTo("db");
        subside.replyTo().tell(new IncidentManager.Noted());
        assertThat(next().report().occurrence()).isEqualTo("2");
    }

    @Test
    void aReportThatIsNotAnsweredIsSentAgainAfterGrowingPauses() {
        tell("1");
        Duration pause = Limits.INCIDENT_REPORT_DELAY_MIN;
        for (int n = 0; n < 7; n++) {
            assertThat(next().report().occurrence()).isEqualTo("1");
            time.timePasses(Limits.MANAGER_ANSWER_MAX);
            time.expectNoMessageFor(pause.minusMillis(10), manager);
            time.timePasses(Duration.ofMillis(10));
            pause = pause.multipliedBy(2).compareTo(Limits.INCIDENT_REPORT_DELAY_MAX) < 0
                    ? pause.multipliedBy(2)
                    : Limits.INCIDENT_REPORT_DELAY_MAX;
        }
        assertThat(pause).isEqualTo(Limits.INCIDENT_REPORT_DELAY_MAX);

        filed(next());
        tell("2");

        assertThat(next().report().occurrence()).isEqualTo("2");
    }

    @Test
    void anAnswerToAnEarlierTryDoesNotCountTwice() {
        tell("1");
        tell("2");
        IncidentManager.File first = next();
        time.timePasses(Limits.MANAGER_ANSWER_MAX);
        time.timePasses(Limits.INCIDENT_REPORT_DELAY_MIN);
        IncidentManager.File again = next();
        filed(again);
        IncidentManager.File second = next();

        filed(first);

        assertThat(again.report().occurrence()).isEqualTo("1");
        assertThat(second.report().occurrence()).isEqualTo("2");
        manager.expectNoMessage(Duration.ofMillis(50));
    }

    @Test
    void whatThereIsNoRoomForIsDroppedAndCounted() {
        for (int n = 0; n < Limits.INCIDENT_REPORTS_HELD_MAX + 3; n++) {
            tell("occurrence-" + n);
        }

        IncidentManager.File first = next();
        for (int n = 0; n < Limits.INCIDENT_REPORTS_HELD_MAX; n++) {
            assertThat(first.report().occurrence()).isEqualTo("occurrence-" + n);
            filed(first);
            if (n < Limits.INCIDENT_REPORTS_HELD_MAX - 1) {
                first = next();
            }
        }

        manager.expectNoMessage(Duration.ofMillis(50));
        assertThat(dropped()).isEqualTo(3);
    }

    @Test
    void whatTheManagerDoesNotTakeInIsDroppedAndTheNextGoesOn() {
        tell("1");
        tell("2");

        next().replyTo()
                .tell(new IncidentManager.Refused(
                        Problem.of(ErrorCode.RESOURCE_LIMIT, "IncidentManager", "there are too many")));

        assertThat(next().report().occurrence()).isEqualTo("2");
        assertThat(dropped()).isOne();
    }

    private long dropped() {
        return instruments.all().stream()
                .filter(instrument -> instrument.name().equals("millrace_incident_reports_dropped_total"))
                .mapToLong(instrument -> ((Instruments.Counter) instrument).value())
                .sum();
    }
}
