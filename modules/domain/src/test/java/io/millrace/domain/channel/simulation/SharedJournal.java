package io.millrace.domain.channel.simulation;

import io.millrace.domain.channel.ChannelSnapshot;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.LiveChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The journal of the channel, which all owners write. Its key is the sequence number: one writer wins each. */
final class SharedJournal {
    private final List<JournalEntry> entries = new ArrayList<>();
    private final TreeMap<Long, ChannelSnapshot> snapshots = new TreeMap<>();
    private final SafetyRules rules;
    private final Flaw flaw;

    SharedJournal(SafetyRules rules, Flaw flaw) {
        this.rules = rules;
        this.flaw = flaw;
    }

    /** Sequence number of the last entry, 0 if there is none. */
    long lastSequence() {
        return entries.size();
    }

    /** Stores an entry unless its sequence number is taken. */
    boolean store(long sequence, JournalEntry entry) {
        if (sequence != lastSequence() + 1 && flaw != Flaw.JOURNAL_WITHOUT_KEY) {
            return false;
        }
        entries.add(entry);
        rules.stored(lastSequence(), entry);
        return true;
    }

    JournalEntry entry(long sequence) {
        return entries.get((int) sequence - 1);
    }

    void storeSnapshot(long sequence, ChannelSnapshot snapshot) {
        snapshots.put(sequence, snapshot);
    }

    /** Sequence numbers of all snapshots, and 0 for none. */
    List<Long> startingPoints() {
        List<Long> points = new ArrayList<>(snapshots.keySet());
        points.add(0L);
        return points;
    }

    /** The channel as the journal has it now, from a snapshot (0 for none) and what came after it. */
    LiveChannel replayFrom(long startingPoint) {
        LiveChannel channel = LiveChannel.empty();
        if (startingPoint > 0) {
            channel = LiveChannel.of(snapshots.getOrDefault(startingPoint, channel.snapshot()));
            channel.sealed(startingPoint);
        }
        for (long sequence = startingPoint + 1; sequence <= lastSequence(); sequence++) {
            entry(sequence).events().forEach(channel::evolve);
            channel.sealed(sequence);
        }
        return channel;
    }

    /** The newest snapshot, or 0 if there is none. */
    long newestSnapshot() {
        Map.Entry<Long, ChannelSnapshot> newest = snapshots.lastEntry();
        return newest == null ? 0 : newest.getKey();
    }
}
