package io.millrace.domain.channel.simulation;

/** Carries messages to nodes: late, out of order, twice or not at all, while there are faults. */
final class Network {
    private final Simulation simulation;

    Network(Simulation simulation) {
        this.simulation = simulation;
    }

    void deliver(Node addressee, Runnable message) {
        SeededRandom random = simulation.random();
        if (simulation.hasFaults() && random.percent(5)) {
            return;
        }
        addressee.after(delayMillis(), message);
        if (simulation.hasFaults() && random.percent(5)) {
            addressee.after(delayMillis(), message);
        }
    }

    /** Brings an answer to the client, which no crash touches. */
    void answer(Runnable message) {
        if (!simulation.hasFaults() || !simulation.random().percent(5)) {
            simulation.loop().after(delayMillis(), message);
        }
    }

    private long delayMillis() {
        SeededRandom random = simulation.random();
        boolean isSlow = simulation.hasFaults() && random.percent(4);
        return isSlow ? random.between(500, 6_000) : random.between(0, 20);
    }
}
