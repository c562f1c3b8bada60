package io.millrace.host;

import io.millrace.contracts.Problem;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.system.ExitStatus;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Hears what becomes of a run. One call at a time, from any thread; must not block. */
public interface RunListener {

    /** It runs. Called at most once, before the others but {@link #notStarted}. */
    void started(Started started);

    /** Called instead of all others: it was not started, and nothing of it runs. */
    void notStarted(Problem problem);

    /**
     * Memory that the next piece of output is read into. It is used from here until {@link #output} or {@link #ended}, and
     * asked for again only once what lay in it was taken.
     *
     * @return at least 1 byte; more than {@link HostLimits#OUTPUT_PIECE_BYTES_MAX} are not used, and less make smaller
     *     pieces
     */
    MemorySegment buffer();

    /**
     * A piece of what it wrote, in the order of its stream. The next one comes when {@code taken} was run.
     *
     * @param bytes part of {@link #buffer}
     * @param taken run once, from any thread, when the bytes are needed no more and there is room for others
     */
    void output(LogStream stream, MemorySegment bytes, Runnable taken);

    /**
     * Called at most once, as the last: it has ended, all its output was handed over, and nothing of its tree lives. It is
     * the only call if the host went before it could say whether the command was started; see {@link EndReason#HOST_GONE}.
     */
    void ended(Ended ended);

    /**
     * @param pid of the process and of its group
     * @param startedAtMillis wall clock
     * @param conditions declared limits and isolation that are not in force
     */
    record Started(int pid, long startedAtMillis, List<Condition> conditions) {
        public Started {
            conditions = List.copyOf(conditions);
        }
    }

    /**
     * @param status what the system says of the command itself
     * @param endedAtMillis wall clock
     * @param reason why the host ended it, absent if it did not
     * @param limits what limits had to do with it
     * @param bytesDropped output that was not kept while the node did not take any
     * @param leftovers processes of the tree that outlived the command and were killed
     */
    record Ended(
            ExitStatus status,
            long endedAtMillis,
            @Nullable EndReason reason,
            LimitReport limits,
            long bytesDropped,
            int leftovers) {}

    /** Why the host ended a command by itself. */
    enum EndReason {
        /** Its lease ran out. */
        LEASE,
        /** Its node is gone. */
        NODE_GONE,
        /** A newer run of the same job or process was started, which never runs beside it. */
        REPLACED,
        /** The host itself is gone, so nobody saw how it ended; everything it had started was killed. */
        HOST_GONE
    }
}
