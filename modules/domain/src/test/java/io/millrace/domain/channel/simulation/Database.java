package io.millrace.domain.channel.simulation;

import io.millrace.domain.channel.JournalEntry;
import java.util.function.Consumer;

/** Writes journal entries for owners. While there are faults, what an owner hears need not be what happened. */
final class Database {
    /** What the owner hears of its write. */
    enum Outcome {
        STORED,
        /** The sequence number was taken. */
        CONFLICT,
        /** An error; the entry may be stored, now or later. */
        UNKNOWN
    }

    private final Simulation simulation;

    Database(Simulation simulation) {
        this.simulation = simulation;
    }

    void write(Node writer, long sequence, JournalEntry entry, Consumer<Outcome> whenHeard) {
        SeededRandom random = simulation.random();
        int chance = simulation.hasFaults() ? random.between(0, 99) : 99;
        if (chance < 3) {
            writer.after(random.between(1, 2_000), () -> whenHeard.accept(Outcome.UNKNOWN));
        } else if (chance < 6) {
            store(random.between(1, 3_000), sequence, entry, _ -> {});
            writer.after(random.between(1, 2_000), () -> whenHeard.accept(Outcome.UNKNOWN));
        } else {
            int hearing = random.between(0, 5);
            store(
                    random.between(1, 10),
                    sequence,
                    entry,
                    outcome -> writer.after(hearing, () -> whenHeard.accept(outcome)));
        }
    }

    private void store(long delayMillis, long sequence, JournalEntry entry, Consumer<Outcome> whenTried) {
        simulation.loop().after(delayMillis, () -> {
            boolean isStored = simulation.journal().store(sequence, entry);
            simulation
                    .trace()
                    .add(() -> "journal " + sequence + (isStored ? " <- " : " is taken, refused ")
                            + Brief.events(entry.events()));
            whenTried.accept(isStored ? Outcome.STORED : Outcome.CONFLICT);
        });
    }
}
