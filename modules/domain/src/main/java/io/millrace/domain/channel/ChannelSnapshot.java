package io.millrace.domain.channel;

import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.domain.cleanup.CleanupSnapshot;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.process.ProcessSnapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything a {@link LiveChannel} is made of, at one moment, immutable.
 *
 * @param ownerHost identity of the owner's process host; absent in a snapshot from before that was recorded
 * @param startsInRound starts charged to each priority in the current round, highest first
 * @param waiting jobs that wait, due or not
 * @param ended jobs the read model may not have yet
 * @param submissions idempotency keys the read model may not have yet
 * @param lastToken highest fencing token of a lock given so far; 0 in a snapshot from before there were locks
 * @param leases locks that are held, in the order in which they were granted; none in a snapshot from before
 * @param cleanups registered tasks and executions; none in a snapshot from before
 * @param processes services and commands; none in a snapshot from before
 */
public record ChannelSnapshot(
        boolean exists,
        ChannelState state,
        long stateSinceMillis,
        ChannelSpec spec,
        String owner,
        @Nullable String ownerHost,
        long incarnation,
        long lastEpoch,
        long lastOrder,
        long succeeded,
        long failed,
        long cancelled,
        long lost,
        List<Integer> startsInRound,
        List<LiveJob.Waiting> waiting,
        List<LiveJob.Running> running,
        List<EndedJob> ended,
        List<KeyedSubmission> submissions,
        long lastToken,
        List<HeldLease> leases,
        CleanupSnapshot cleanups,
        ProcessSnapshot processes) {
    public ChannelSnapshot {
        startsInRound = List.copyOf(startsInRound);
        waiting = List.copyOf(waiting);
        running = List.copyOf(running);
        ended = List.copyOf(ended);
        submissions = List.copyOf(submissions);
        leases = leases == null ? List.of() : List.copyOf(leases);
        cleanups = cleanups == null ? CleanupSnapshot.EMPTY : cleanups;
        processes = processes == null ? ProcessSnapshot.EMPTY : processes;
    }
}
