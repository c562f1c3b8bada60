package io.millrace.domain.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Random histories of reports, people and time, beside {@link NaiveIncidents}. A history is its seed: the name of a test
 * that has failed shows it.
 */
class IncidentHistoriesTest {
    private static final int HISTORIES = 200;
    private static final int STEPS = 300;
    private static final int SUBJECTS = 4;
    private static final long DAY_MILLIS = 24L * 60 * 60 * 1_000;

    @TestFactory
    @Proves("G-100")
    Stream<DynamicTest> incidentsAreAsTheRulesSayAfterEveryStep() {
        return IntStream.range(0, HISTORIES)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> new History(seed).run()));
    }

    private static final class History {
        private final Random random;
        private final BookUnderTest real = new BookUnderTest();
        private final NaiveIncidents naive = new NaiveIncidents();
        private final List<UUID> ids = new ArrayList<>();
        private int occurrences;

        History(int seed) {
            random = new Random(seed);
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                real.nowMillis += random.nextLong(DAY_MILLIS / 4);
                step();
                compare();
                requireSound();
            }
        }

        private void step() {
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> report();
                case 3, 4, 5, 6 -> act();
                case 7 -> merge();
                case 8 -> remove();
                default -> elapse();
            }
        }

        /** Now and then one that was told lately. */
        private void report() {
            String subject = "subject-" + random.nextInt(SUBJECTS);
            boolean isOld = occurrences > 0 && random.nextInt(5) == 0;
            String occurrence = subject + "/" + (isOld ? occurrences - random.nextInt(10) : ++occurrences);
            UUID newId = new UUID(1, ids.size());
            var report = BookUnderTest.report(IncidentKind.CLEANUP_FAILED, subject, occurrence, real.nowMillis);

            var decision = (IncidentDecision.Accepted) IncidentRules.report(real.book, report, newId);
            real.book = real.book.evolve(decision.events());

            assertThat(decision.incident()).isEqualTo(naive.report(subject, occurrence, newId, real.nowMillis));
            ids.add(newId);
        }

        private void act() {
            UUID id = anyId();
            IncidentAction action = IncidentAction.values()[random.nextInt(IncidentAction.values().length)];

            IncidentDecision decision = IncidentRules.act(real.book, id, action, "anna", "", real.nowMillis);

            take(decision, naive.act(id, action.name(), real.nowMillis));
        }

        private void merge() {
            UUID id = anyId();
            UUID into = anyId();

            IncidentDecision decision = IncidentRules.merge(real.book, id, into, "anna", "", real.nowMillis);

            take(decision, naive.merge(id, into, real.nowMillis));
        }

        private void take(IncidentDecision decision, boolean isPossible) {
            assertThat(decision instanceof IncidentDecision.Accepted).isEqualTo(isPossible);
            if (decision instanceof IncidentDecision.Accepted(var _, var events)) {
                real.book = real.book.evolve(events);
            }
        }

        private void remove() {
            UUID id = anyId();
            assertThat(real.remove(id)).isEqualTo(naive.remove(id));
        }

        private void elapse() {
            real.book = real.book.evolve(IncidentRules.elapse(real.book, real.nowMillis));
            naive.elapse(real.nowMillis);
        }

        private UUID anyId() {
            return ids.isEmpty() ? new UUID(2, 2) : ids.get(random.nextInt(ids.size()));
        }

        private void compare() {
            assertThat(real.book.size()).isEqualTo(naive.all.size());
            for (Incident incident : real.book.all()) {
                NaiveIncidents.Entry expected = naive.get(incident.id());
                assertThat(expected).isNotNull();
                assertThat(incident.state()).isEqualTo(expected.state);
                assertThat(incident.acknowledgedBy() != null).isEqualTo(expected.isAcknowledged);
                assertThat(incident.sightings().count()).isEqualTo(expected.count);
                assertThat(incident.mergedInto()).isEqualTo(expected.parent);
                assertThat(incident.children()).isEqualTo(expected.children);
            }
        }

        /** What must hold whatever the rules say. */
        private void requireSound() {
            Map<IncidentKey, UUID> active = new HashMap<>();
            for (Incident incident : real.book.all()) {
                if (incident.state() != IncidentState.CLOSED) {
                    assertThat(active.put(incident.key(), incident.id()))
                            .as("two incidents about " + incident.key())
                            .isNull();
                }
                for (UUID child : incident.children()) {
                    assertThat(real.incident(child).mergedInto()).isEqualTo(incident.id());
                }
                UUID parent = incident.mergedInto();
                if (parent != null) {
                    assertThat(real.incident(parent).children()).contains(incident.id());
                }
            }
            assertThat(IncidentBook.of(real.book.snapshot()).all()).containsExactlyElementsOf(real.book.all());
        }
    }
}
