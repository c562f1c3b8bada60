package io.millrace.domain.channel.simulation;

import io.millrace.contracts.JobId;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.KeyedSubmission;
import io.millrace.domain.channel.LiveChannel;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The read model: follows the journal, some entries behind, and keeps what owners may forget. */
final class ReadModelCopy {
    private final SharedJournal journal;
    private final LiveChannel folded = LiveChannel.empty();
    private final Map<String, KeyedSubmission> submissions = new HashMap<>();
    private long position;

    ReadModelCopy(SharedJournal journal) {
        this.journal = journal;
    }

    /** Everything up to this sequence number is in. */
    long position() {
        return position;
    }

    /** Takes in at most {@code entriesMax} further entries. */
    void follow(int entriesMax) {
        for (int i = 0; i < entriesMax && position < journal.lastSequence(); i++) {
            journal.entry(++position).events().forEach(this::apply);
        }
    }

    private void apply(ChannelEvent event) {
        folded.evolve(event);
        switch (event) {
            case ChannelEvent.ChannelDeleted _ -> submissions.clear();
            case ChannelEvent.JobsSubmitted e
            when e.idempotencyKey() != null -> {
                KeyedSubmission submission = folded.submission(e.idempotencyKey());
                if (submission != null) {
                    submissions.put(submission.key(), submission);
                }
            }
            default -> {
                // The fold has the rest.
            }
        }
    }

    @Nullable KeyedSubmission submission(String key) {
        return submissions.get(key);
    }

    @Nullable EndedJob ended(JobId id) {
        return folded.ended(id);
    }
}
