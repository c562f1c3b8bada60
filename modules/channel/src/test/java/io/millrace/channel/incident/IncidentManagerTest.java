package io.millrace.channel.incident;

import static io.millrace.channel.incident.TestReports.BUILD;
import static io.millrace.channel.incident.TestReports.NOON;
import static io.millrace.channel.incident.TestReports.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Page;
import io.millrace.contracts.Proves;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentPriority;
import io.millrace.contracts.incident.IncidentQuery;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.contracts.incident.IncidentView;
import io.millrace.contracts.incident.Incidents;
import io.millrace.domain.Limits;
import io.millrace.domain.incident.IncidentEntry;
import io.millrace.domain.incident.IncidentEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The incident manager over a journal in memory, and the way to it. */
class IncidentManagerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Config CONFIG = ManualTime.config()
            .withFallback(ConfigFactory.parseString("pekko.actor.provider = local"))
            .withFallback(PersistenceTestKitPlugin.getInstance().config())
            .withFallback(PersistenceTestKitSnapshotPlugin.config())
            .withFallback(ConfigFactory.parseResources("millrace-pekko.conf"))
            .withFallback(ConfigFactory.load());

    private final ActorTestKit kit = ActorTestKit.create("incidents", CONFIG);
    private final PersistenceTestKit journal = PersistenceTestKit.create(kit.system());
    private final ManualTime time = ManualTime.get(kit.system());
    private final AtomicLong nowMillis = new AtomicLong(NOON.toEpochMilli());
    private final Instruments instruments = new Instruments();
    private ActorRef<IncidentManager.Command> manager = start();
    private Incidents incidents = new ClusterIncidents(manager, kit.system().scheduler());

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private ActorRef<IncidentManager.Command> start() {
        return kit.spawn(
                IncidentManager.create(() -> Instant.ofEpochMilli(nowMillis.get()), UUID::randomUUID, instruments));
    }

    /** Ends this life of the manager, and begins the next one. */
    private void startAgain() {
        kit.stop(manager, PATIENCE);
        manager = start();
        incidents = new ClusterIncidents(manager, kit.system().scheduler());
    }

    private static <T> T result(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private IncidentView shown(UUID id) {
        return result(incidents.get(id)).orElseThrow();
    }

    private IncidentView act(UUID id, IncidentAction action) {
        return result(incidents.act(id, action, "anna", "a note"));
    }

    @Test
    @Proves({"G-41", "G-45"})
    void callersThatAddAtTheSameTimeAllFindWhatTheyAdded() {
        // when a hundred callers add, ten of each of ten subjects
        List<CompletionStage<UUID>> adding = IntStream.range(0, 100)
                .mapToObj(n -> incidents.add(report("subject-" + n % 10, "occurrence-" + n)))
                .toList();

        // then
        Set<UUID> ids = new HashSet<>();
        adding.forEach(each -> ids.add(result(each)));
        assertThat(ids).hasSize(10);
        for (UUID id : ids) {
            assertThat(shown(id).id()).isEqualTo(id);
            assertThat(shown(id).occurrences()).isEqualTo(10);
        }
    }

    @Test
    @Proves({"G-42", "G-43"})
    void anIncidentIsFoundByItsIdAndAllOfThemAreTheCallersOwnCopy() {
        UUID id = result(incidents.add(report("db", "1")));

        assertThat(shown(id).subject()).isEqualTo("db");
        assertThat(shown(id).timeline()).hasSize(1);
        assertThat(result(incidents.get(UUID.randomUUID()))).isEmpty();
        List<IncidentView> all = result(incidents.all());
        result(incidents.add(report("web", "2")));
        assertThat(all).extracting(IncidentView::id).containsExactly(id);
        assertThat(result(incidents.all())).hasSize(2);
    }

    @Test
    @Proves("G-44")
    void ofAHundredThatRemoveTheSameIncidentOneIsToldThatItDid() {
        UUID id = result(incidents.add(report("db", "1")));

        List<CompletionStage<Boolean>> removing =
                IntStream.range(0, 100).mapToObj(_ -> incidents.remove(id)).toList();

        assertThat(removing.stream().filter(IncidentManagerTest::result).count())
                .isOne();
        assertThat(result(incidents.get(id))).isEmpty();
    }

    @Test
    void whatWasAnsweredIsThereInTheNextLife() {
        UUID db = result(incidents.add(report("db", "1")));
        UUID web = result(incidents.add(report("web", "2")));
        UUID gone = result(incidents.add(report("gone", "3")));
        act(db, IncidentAction.ACKNOWLEDGE);
        result(incidents.merge(web, db, "anna", "the same cause"));
        result(incidents.remove(gone));
        List<IncidentView> before = List.of(shown(db), shown(web));

        startAgain();

        assertThat(List.of(shown(db), shown(web))).isEqualTo(before);
        assertThat(result(incidents.all())).hasSize(2);
        assertThat(act(db, IncidentAction.INVESTIGATE).state()).isEqualTo(IncidentState.INVESTIGATING);
    }

    @Test
    void aSnapshotAndWhatFollowsItAreThereInTheNextLife() {
        List<UUID> ids = new ArrayList<>();
        for (int n = 0; n < 250; n++) {
            ids.add(result(incidents.add(report("subject-" + n, "occurrence-" + n))));
        }
        List<IncidentView> before = result(incidents.all());

        startAgain();

        assertThat(result(incidents.all())).isEqualTo(before).hasSize(250);
        assertThat(result(incidents.add(report("subject-7", "occurrence-7")))).isEqualTo(ids.get(7));
        assertThat(shown(ids.get(7)).occurrences()).isOne();
    }

    @Test
    void aRefusalSaysWhyAndStoresNothing() {
        UUID id = result(incidents.add(report("db", "1")));

        assertThatThrownBy(() -> act(id, IncidentAction.CLOSE)).isInstanceOfSatisfying(MillraceException.class, e -> {
            assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_STATE);
            assertThat(e.problem().detail()).contains("is OPEN", "RESOLVED");
        });
        assertThatThrownBy(() -> act(UUID.randomUUID(), IncidentAction.CLOSE))
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThat(stored()).hasSize(1);
    }

    private List<IncidentEvent> stored() {
        return journal.persistedInStorage(IncidentManager.PERSISTENCE_ID.id()).stream()
                .flatMap(entry -> ((IncidentEntry) entry).events().stream())
                .toList();
    }

    /** Whoever asked does not hear that it was done, and what follows is decided on what is stored. */
    @Test
    void aWriteThatFailsIsNotAnsweredAndTheManagerGoesOn() {
        UUID id = result(incidents.add(report("db", "1")));
        TestProbe<IncidentManager.Answer> caller = kit.createTestProbe(IncidentManager.Answer.class);
        journal.failNextPersisted(IncidentManager.PERSISTENCE_ID.id());

        manager.tell(new IncidentManager.Act(id, IncidentAction.RESOLVE, "anna", "", caller.ref()));
        time.expectNoMessageFor(Duration.ofMillis(100), caller);
        TestProbe<IncidentManager.Answer> next = kit.createTestProbe(IncidentManager.Answer.class);
        manager.tell(new IncidentManager.Show(id, next.ref()));
        time.timePasses(Duration.ofSeconds(1));

        IncidentView incident =
                next.expectMessageClass(IncidentManager.Shown.class, PATIENCE).incident();
        assertThat(incident).isNotNull();
        assertThat(incident.state()).isEqualTo(IncidentState.OPEN);
        caller.expectNoMessage(Duration.ZERO);
    }

    @Test
    @Proves("G-101")
    void timeAloneMakesAnIncidentOverdueAndClosesAResolvedOne() {
        UUID late = result(incidents.add(report(BUILD, "late", IncidentSeverity.CRITICAL, "1", NOON)));
        UUID done = result(incidents.add(report("done", "2")));
        act(done, IncidentAction.RESOLVE);

        pass(Duration.ofMinutes(15));
        assertThat(shown(late).deadlines().getFirst().isOverdue()).isTrue();
        assertThat(shown(late).timeline())
                .extracting(IncidentView.TimelineEntry::change)
                .containsExactly(IncidentView.Change.OPENED, IncidentView.Change.OVERDUE);

        pass(Duration.ofDays(7));
        assertThat(shown(done).state()).isEqualTo(IncidentState.CLOSED);
    }

    private void pass(Duration duration) {
        nowMillis.addAndGet(duration.toMillis());
        time.timePasses(Limits.INCIDENT_CHECK_INTERVAL);
    }

    @Test
    void listsAreFilteredPagedAndNewestFirst() {
        for (int n = 0; n < 120; n++) {
            boolean isBuild = n % 2 == 0;
            result(incidents.add(report(
                    isBuild ? BUILD : new ChannelName("deploy"),
                    "subject-" + n,
                    n < 10 ? IncidentSeverity.CRITICAL : IncidentSeverity.MEDIUM,
                    "occurrence-" + n,
                    NOON.plusSeconds(n))));
        }

        Page<IncidentView> first = list(null, null, null, 70, null);
        Page<IncidentView> second = list(null, null, null, 70, first.nextPageToken());

        assertThat(first.items()).hasSize(70);
        assertThat(first.items().getFirst().subject()).isEqualTo("subject-119");
        assertThat(first.items().getFirst().timeline()).isEmpty();
        assertThat(second.items()).hasSize(50);
        assertThat(second.items().getFirst().subject()).isEqualTo("subject-49");
        assertThat(second.nextPageToken()).isNull();
        assertThat(list(null, BUILD, null, 1_000, null).items()).hasSize(60);
        assertThat(list(null, BUILD, IncidentPriority.P1, 1_000, null).items()).hasSize(5);
        assertThat(list(IncidentState.RESOLVED, null, null, 1_000, null).items())
                .isEmpty();
        assertThatThrownBy(() -> list(null, null, null, 10, "o10"))
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }

    private Page<IncidentView> list(
            @Nullable IncidentState state,
            @Nullable ChannelName channel,
            @Nullable IncidentPriority priority,
            int pageSize,
            @Nullable String token) {
        return result(incidents.list(new IncidentQuery(state, channel, priority, pageSize, token)));
    }

    @Test
    void theNodeOfTheManagerCountsIncidentsByStateAndPriority() {
        UUID id = result(incidents.add(report("db", "1")));
        result(incidents.add(report("web", "2")));
        act(id, IncidentAction.RESOLVE);

        assertThat(counted("open", "P2")).isOne();
        assertThat(counted("resolved", "P2")).isOne();
        assertThat(counted("closed", "P1")).isZero();

        kit.stop(manager, PATIENCE);

        assertThat(points()).isEmpty();
    }

    private long counted(String state, String priority) {
        return points().stream()
                .filter(point -> point.labels().equals(Map.of("state", state, "priority", priority)))
                .findFirst()
                .orElseThrow()
                .value();
    }

    private List<Instruments.GaugeGroup.Point> points() {
        return instruments.all().stream()
                .filter(instrument -> instrument.name().equals("millrace_incidents"))
                .flatMap(instrument -> ((Instruments.GaugeGroup) instrument).points().stream())
                .toList();
    }
}
