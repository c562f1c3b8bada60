package io.millrace.domain.resource;

import static io.millrace.domain.resource.LedgerUnderTest.ANN;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceMetrics;
import io.millrace.domain.channel.simulation.SeededRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Buffers of every size come and go at random, and the figure of fragmentation is read after every step. */
class FragmentationTest {
    private static final int SEEDS = 100;
    private static final int STEPS = 1_000;
    private static final double BOUND = 0.05;

    @Test
    @Proves("R-20")
    void staysBelowFivePerCentAtEverySampleWhereReturnsArePrompt() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            double worst = worstFragmentation(seed, 3);

            assertThat(worst).as("seed %d", seed).isPositive().isLessThan(BOUND);
        }
    }

    @Test
    @Proves("R-20")
    void showsThatReturnsAreSlow() {
        assertThat(worstFragmentation(1, 200)).isGreaterThan(BOUND);
    }

    /** @param delayMax most releases that are begun before the first of them is back */
    private static double worstFragmentation(long seed, int delayMax) {
        var random = new SeededRandom(seed);
        LedgerUnderTest ledger = LedgerUnderTest.ofDefaults();
        List<String> held = new ArrayList<>();
        Deque<String> releasing = new ArrayDeque<>();
        double worst = 0;
        for (int step = 0; step < STEPS; step++) {
            if (held.isEmpty() || random.percent(55)) {
                allocate(ledger, random, held);
            } else {
                String id = held.remove(random.between(0, held.size() - 1));
                ledger.release(id);
                releasing.add(id);
            }
            worst = Math.max(worst, fragmentation(ledger));
            while (releasing.size() >= delayMax || !releasing.isEmpty() && random.oneIn(delayMax)) {
                ledger.back(releasing.removeFirst());
            }
        }
        return worst;
    }

    private static void allocate(LedgerUnderTest ledger, SeededRandom random, List<String> held) {
        ResourceWish.Part part = ledger.part(ResourceType.BUFFER, 1L << random.between(0, 20));
        ledger.effects.clear();
        ledger.ask(ANN, 0, part);
        if (ledger.ledger.isHeld(part.id())) {
            held.add(part.id());
        }
    }

    /** The worst of all tiers and of all together. */
    private static double fragmentation(LedgerUnderTest ledger) {
        ResourceMetrics buffers = ledger.ledger.figures().of(ResourceType.BUFFER);
        double ofTiers = buffers.tiers().values().stream()
                .mapToDouble(ResourceMetrics.Totals::fragmentation)
                .max()
                .orElseThrow();
        return Math.max(ofTiers, buffers.totals().fragmentation());
    }
}
