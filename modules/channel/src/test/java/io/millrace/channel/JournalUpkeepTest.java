package io.millrace.channel;

import static io.millrace.channel.fixture.TestJobs.submitted;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import java.util.List;
import org.junit.jupiter.api.Test;

class JournalUpkeepTest {
    private static final int SPEC_BYTES = 10_000;

    private final JournalUpkeep upkeep = new JournalUpkeep();

    @Test
    void aSnapshotIsDueOnceAsMuchWasWrittenAsItTakes() {
        int snapshots = 0;
        for (int i = 1; i <= 3_000; i++) {
            snapshots += upkeep.isSnapshotDueAfter(entry(i), 1_000) ? 1 : 0;
        }

        // 30 MB were written and 10 MB live
        assertThat(snapshots).isBetween(2, 3);
    }

    @Test
    void whileEverythingWrittenStaysReplayIsAsGoodAsASnapshot() {
        int snapshots = 0;
        for (int i = 1; i <= 3_000; i++) {
            snapshots += upkeep.isSnapshotDueAfter(entry(i), i) ? 1 : 0;
        }

        assertThat(snapshots).isEqualTo(1);
    }

    @Test
    void aSmallChannelIsSnapshotAfterTheMinimumOnly() {
        int snapshots = 0;
        long bytes = 0;
        for (int i = 1; i <= 1_000; i++) {
            bytes += StoredSize.of(entry(i));
            snapshots += upkeep.isSnapshotDueAfter(entry(i), 0) ? 1 : 0;
        }

        assertThat(snapshots).isEqualTo((int) (bytes / JournalUpkeep.SNAPSHOT_BYTES_MIN));
    }

    @Test
    void atLeastTheEventsToKeepLieBehindWhatMayGo() {
        for (long sequence = 1; sequence <= 1_000; sequence++) {
            upkeep.stored(sequence, entry((int) sequence), 100);
        }

        assertThat(upkeep.behindEventsKept(100)).isBetween(850L, 900L);
        assertThat(upkeep.behindEventsKept(5_000)).isZero();
    }

    @Test
    void whatWasReplayedCountsTowardsTheNextSnapshot() {
        for (int i = 1; i <= 2_000; i++) {
            upkeep.replayed(entry(i));
        }

        assertThat(upkeep.isSnapshotDueAfter(entry(1), 100)).isTrue();
        assertThat(upkeep.isSnapshotDueAfter(entry(1), 100)).isFalse();
    }

    private static JournalEntry entry(int n) {
        return new JournalEntry(
                List.of(new ChannelEvent.JobsSubmitted(1, List.of(submitted(n, SPEC_BYTES)), null, null)));
    }
}
