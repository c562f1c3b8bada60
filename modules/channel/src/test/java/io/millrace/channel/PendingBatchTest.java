package io.millrace.channel;

import static io.millrace.channel.fixture.TestJobs.id;
import static io.millrace.channel.fixture.TestJobs.submitted;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingBatchTest {
    private final PendingBatch batch = new PendingBatch();
    private final List<String> told = new ArrayList<>();

    @Test
    void smallDecisionsShareOneRow() {
        batch.add(List.of(new ChannelEvent.ChannelPaused(1)));
        batch.add(List.of(new ChannelEvent.ChannelResumed(2)));

        List<JournalEntry> rows = batch.rows();

        assertThat(rows).hasSize(1);
        assertThat(rows.getFirst().events()).hasSize(2);
        assertThat(batch.commands()).isEqualTo(2);
    }

    @Test
    void aRowIsClosedBeforeItExceedsItsLimit() {
        for (int i = 0; i < 10; i++) {
            batch.add(List.of(submission(i, Limits.JOURNAL_ENTRY_BYTES_MAX / 3)));
        }

        assertThat(batch.rows())
                .hasSize(5)
                .allSatisfy(row -> assertThat(row.events()).hasSize(2));
    }

    @Test
    void itIsFullByCommandsOrByBytes() {
        for (int i = 1; i < Limits.GROUP_COMMIT_COMMANDS_MAX; i++) {
            batch.add(List.of(new ChannelEvent.ChannelPaused(i)));
        }
        assertThat(batch.isFull()).isFalse();
        batch.add(List.of(new ChannelEvent.ChannelPaused(0)));
        assertThat(batch.isFull()).isTrue();

        PendingBatch large = new PendingBatch();
        large.add(List.of(submission(1, 4 * Limits.JOURNAL_ENTRY_BYTES_MAX)));
        assertThat(large.isFull()).isTrue();
    }

    @Test
    void itKnowsItsOwnRowsByIdentity() {
        batch.add(List.of(new ChannelEvent.ChannelPaused(1)));
        JournalEntry own = batch.rows().getFirst();

        assertThat(batch.contains(own)).isTrue();
        assertThat(batch.contains(new JournalEntry(own.events()))).isFalse();
    }

    @Test
    void everyWaiterIsToldTheOutcomeOnceAndInOrder() {
        batch.add(List.of(new ChannelEvent.ChannelPaused(1)));
        batch.add(waiter("first"));
        batch.add(waiter("second"));

        batch.committed();
        batch.failed(Problem.of(ErrorCode.UNAVAILABLE, "Channel", "too late"));

        assertThat(told).containsExactly("first committed", "second committed");
        assertThat(batch.isEmpty()).isTrue();
        assertThat(batch.commands()).isZero();
    }

    private PendingBatch.Waiter waiter(String name) {
        return PendingBatch.Waiter.of(() -> told.add(name + " committed"), _ -> told.add(name + " failed"));
    }

    private static ChannelEvent submission(int n, int specBytes) {
        assertThat(id(n)).isNotNull();
        return new ChannelEvent.JobsSubmitted(1, List.of(submitted(n, specBytes)), null, null);
    }
}
