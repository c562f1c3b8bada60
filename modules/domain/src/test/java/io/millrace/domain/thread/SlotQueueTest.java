package io.millrace.domain.thread;

import static io.millrace.contracts.thread.ThreadPriority.MONITORING;
import static io.millrace.contracts.thread.ThreadPriority.PROCESSING;
import static io.millrace.contracts.thread.ThreadPriority.SYSTEM;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.contracts.thread.ThreadPriority;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotQueueTest {
    private final SlotQueue<String> queue = new SlotQueue<>(1_000);

    @Test
    @Proves("T-26")
    void oneOfEachClassStartsInTheOrderOfTheClasses() {
        // given
        queue.add(MONITORING, "m");
        queue.add(SYSTEM, "s");
        queue.add(PROCESSING, "p");

        // when, then
        assertThat(List.of(next(), next(), next())).containsExactly("s", "p", "m");
        assertThat(queue.take(_ -> true)).isEmpty();
    }

    @Test
    @Proves("T-26")
    void ofTwentyOneSlotsTheClassesGetSixteenFourAndOne() {
        // given more of each class than a round has slots
        for (int i = 0; i < 100; i++) {
            queue.add(SYSTEM, "s");
            queue.add(PROCESSING, "p");
            queue.add(MONITORING, "m");
        }

        for (int round = 0; round < 4; round++) {
            // when
            var started = new ArrayList<String>();
            for (int i = 0; i < 21; i++) {
                started.add(next());
            }

            // then
            assertThat(started).filteredOn("s"::equals).hasSize(16);
            assertThat(started).filteredOn("p"::equals).hasSize(4);
            assertThat(started).filteredOn("m"::equals).hasSize(1);
        }
    }

    @Test
    void withinAClassNobodyIsOvertaken() {
        // given
        for (int i = 0; i < 50; i++) {
            queue.add(PROCESSING, "p" + i);
        }

        // when, then
        for (int i = 0; i < 50; i++) {
            assertThat(next()).isEqualTo("p" + i);
        }
    }

    @Test
    void whoMayNotStartKeepsItsPlaceAndHoldsNobodyBack() {
        // given
        queue.add(SYSTEM, "blocked");
        queue.add(SYSTEM, "next");
        queue.add(MONITORING, "last");

        // when
        var first = queue.take(item -> !item.equals("blocked"));
        var second = queue.take(item -> !item.equals("blocked"));
        var third = queue.take(item -> !item.equals("blocked"));

        // then
        assertThat(List.of(first, second, third))
                .containsExactly(Optional.of("next"), Optional.of("last"), Optional.empty());
        assertThat(next()).isEqualTo("blocked");
    }

    @Test
    @Proves("T-25")
    void aFullQueueRefusesOneMoreAndKeepsWhatItHas() {
        // given
        var two = new SlotQueue<String>(2);

        // when, then
        assertThat(two.offer(SYSTEM, "a")).isTrue();
        assertThat(two.offer(MONITORING, "b")).isTrue();
        assertThat(two.offer(SYSTEM, "c")).isFalse();
        assertThat(two.size()).isEqualTo(2);

        // when somebody leaves
        two.removeIf("a"::equals);

        // then there is room again
        assertThat(two.offer(SYSTEM, "d")).isTrue();
    }

    /** However arrivals and slots fall, nobody waits for more slots than the shares of the classes explain. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    @Proves("T-26")
    void noClassIsEverStarved(long seed) {
        // given
        var random = new Random(seed);
        var all = new SlotQueue<Waiting>(Integer.MAX_VALUE);
        Map<ThreadPriority, Integer> waiting = new EnumMap<>(ThreadPriority.class);
        int slots = 0;

        for (int step = 0; step < 20_000; step++) {
            // when more arrive than there are slots, or fewer
            for (int i = random.nextInt(3); i > 0; i--) {
                var priority = ThreadPriority.values()[random.nextInt(3)];
                all.add(priority, new Waiting(priority, slots, waiting.getOrDefault(priority, 0)));
                waiting.merge(priority, 1, Integer::sum);
            }
            var taken = all.take(_ -> true);
            if (taken.isPresent()) {
                slots++;
                waiting.merge(taken.get().priority, -1, Integer::sum);

                // then: each round of at most 21 slots has one for the lowest class, four for the next, and sixteen
                int share = new int[] {16, 4, 1}[taken.get().priority.ordinal()];
                int rounds = taken.get().ahead / share + 2;
                assertThat(slots - taken.get().since).isLessThanOrEqualTo(21 * rounds);
            }
        }
    }

    private String next() {
        return queue.take(_ -> true).orElseThrow();
    }

    private record Waiting(ThreadPriority priority, int since, int ahead) {}
}
