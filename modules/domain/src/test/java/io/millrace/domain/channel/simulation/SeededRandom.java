package io.millrace.domain.channel.simulation;

import java.util.List;
import java.util.SplittableRandom;

/** The only source of chance in a run. */
final class SeededRandom {
    private final SplittableRandom random;

    SeededRandom(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** True once in {@code n} times. */
    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    boolean percent(int probability) {
        return random.nextInt(100) < probability;
    }

    /** Both ends included. */
    int between(int from, int to) {
        return random.nextInt(from, to + 1);
    }

    <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    long nextLong() {
        return random.nextLong();
    }
}
