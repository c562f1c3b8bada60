package io.millrace.channel;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.ChannelRules;
import io.millrace.domain.channel.Decision;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.LiveChannel;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/**
 * Decides commands at once against the live state and gathers what they store until it is stored. One for each life of
 * a channel: from its recovery until it restarts or stops.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class GroupCommit {
    private final ChannelRules rules;
    private final LiveChannel live;
    private final OwnershipClaim claim;
    private final InstantSource clock;
    private final PendingBatch batch = new PendingBatch();
    private boolean isOwner;
    private int deletions;

    GroupCommit(ChannelRules rules, LiveChannel live, OwnershipClaim claim, InstantSource clock) {
        this.rules = rules;
        this.live = live;
        this.claim = claim;
        this.clock = clock;
    }

    /** What was decided; accepted events are part of the live state and of the batch. */
    Decision decide(ChannelCommand command) {
        Decision decision = rules.decide(live, command, clock.millis());
        if (decision instanceof Decision.Accepted(var events) && !events.isEmpty()) {
            takeOwnership();
            apply(events);
        }
        return decision;
    }

    /** The first thing stored in each life of a channel: of two owners one fails here, before it does anything. */
    void takeOwnership() {
        if (!isOwner) {
            isOwner = true;
            if (rules.decide(live, claim.on(live), clock.millis()) instanceof Decision.Accepted(var events)) {
                apply(events);
            }
        }
    }

    private void apply(List<ChannelEvent> events) {
        for (ChannelEvent event : events) {
            live.evolve(event);
            deletions += event instanceof ChannelEvent.ChannelDeleted ? 1 : 0;
        }
        batch.add(events);
    }

    /** How often the channel was deleted in this life, the decisions included that wait to be stored. */
    int deletions() {
        return deletions;
    }

    /** Starts queued attempts in the same write. */
    void startNext(int freeSlots) {
        if (isOwner && freeSlots > 0) {
            decide(new ChannelCommand.StartNext(freeSlots, claim.node()));
        }
    }

    /**
     * Does something at once if nothing waits to be stored, else together with the batch.
     *
     * @param failed is told instead if the batch could not be stored
     */
    void afterCommit(Runnable action, Consumer<Problem> failed) {
        if (batch.isEmpty()) {
            action.run();
        } else {
            batch.add(PendingBatch.Waiter.of(action, failed));
        }
    }

    boolean isEmpty() {
        return batch.isEmpty();
    }

    boolean isFull() {
        return batch.isFull();
    }

    /** Commands whose events wait to be stored. */
    int commands() {
        return batch.commands();
    }

    /** The rows to store, in one transaction. */
    List<JournalEntry> rows() {
        return batch.rows();
    }

    /** True for a row whose events were applied when they were decided. */
    boolean hasApplied(JournalEntry row) {
        return batch.contains(row);
    }

    void committed() {
        batch.committed();
    }

    void failed(Problem problem) {
        batch.failed(problem);
    }
}
