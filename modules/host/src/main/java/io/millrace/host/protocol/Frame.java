package io.millrace.host.protocol;

import io.millrace.contracts.Problem;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.StartOrder;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/**
 * One message between a node and its companion. A <em>call</em> is a number that the node gives to each start or adoption,
 * never twice on one connection; what becomes of the run is told under it.
 */
public sealed interface Frame {
    /** Changes with every change of a frame. Both ends have to be of the same version. */
    int VERSION = 1;

    /** What a node says. */
    sealed interface OfNode extends Frame {}

    /** What a companion says. */
    sealed interface OfHost extends Frame {}

    /**
     * The first frame of a connection.
     *
     * @param secret content of {@link HostDirectory#secret}
     */
    record Hello(int version, byte[] secret) implements OfNode {}

    record Start(long call, StartOrder order) implements OfNode {}

    record Adopt(long call, RunKey key) implements OfNode {}

    record Signal(RunKey key, int signal) implements OfNode {}

    record Kill(RunKey key) implements OfNode {}

    /**
     * Moves deadlines of leases.
     *
     * @param deadlines in nanoseconds of the monotonic clock of the machine
     */
    record Renew(Map<RunKey, Long> deadlines) implements OfNode {
        public Renew {
            deadlines = Map.copyOf(deadlines);
        }
    }

    record Forget(RunKey key) implements OfNode {}

    /** The last piece of output of a call was taken: the next one may come. */
    record Taken(long call) implements OfNode {}

    /** Asks for the {@link Pong} of the same number. */
    record Ping(long number) implements OfNode {}

    /** The node lets go of the companion. */
    record Farewell() implements OfNode {}

    /** Some of the runs the companion knew when the connection began. Several may come before the {@link Welcome}. */
    record Known(List<RunKey> runs) implements OfHost {
        public Known {
            runs = List.copyOf(runs);
        }
    }

    /**
     * Answers {@link Hello} and ends the greeting.
     *
     * @param clockNanos what {@link System#nanoTime} is there
     */
    record Welcome(int version, long clockNanos, Map<String, String> enforcement) implements OfHost {
        public Welcome {
            enforcement = Map.copyOf(enforcement);
        }
    }

    record Started(long call, RunListener.Started started) implements OfHost {}

    record NotStarted(long call, Problem problem) implements OfHost {}

    /**
     * A piece of what a command wrote.
     *
     * @param bytes at most {@link io.millrace.host.HostLimits#OUTPUT_PIECE_BYTES_MAX}
     */
    record Output(long call, LogStream stream, MemorySegment bytes) implements OfHost {}

    record Ended(long call, RunListener.Ended ended) implements OfHost {}

    record Pong(long number) implements OfHost {}
}
