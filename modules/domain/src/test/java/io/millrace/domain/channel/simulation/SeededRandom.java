package io.millrace.domain.channel.simulation;

import java.util.List;
import java.util.SplittableRandom;

/** The only source of chance in a run. */
public final class SeededRandom {
    private final SplittableRandom random;

    public SeededRandom(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** True once in {@code n} times. */
    public boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    public boolean percent(int probability) {
        return random.nextInt(100) < probability;
    }

    /** Both ends included. */
    public int between(int from, int to) {
        return random.nextInt(from, to + 1);
    }

    public <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    public long nextLong() {
        return random.nextLong();
    }
}
