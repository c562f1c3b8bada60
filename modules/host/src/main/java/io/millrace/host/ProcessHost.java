package io.millrace.host;

import io.millrace.contracts.ThreadSafety;
import java.util.List;
import java.util.Map;

/**
 * Starts commands, watches them and ends them with everything they started. There are two: one that does so itself, and one
 * that has the companion of the node do it. No method blocks; what becomes of a run its listener hears.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface ProcessHost extends AutoCloseable {

    /**
     * Starts a command. For a run that is known already nothing is started: the listener takes the place of the one before
     * and hears how it is. Refused with {@code CONCURRENCY} below an epoch that was started before, with {@code
     * INVALID_ARGUMENT} for a command that can never be started, with {@code RESOURCE_LIMIT} beyond {@link
     * HostLimits#COMMANDS_MAX}, with {@code UNAVAILABLE} if the system or the host cannot start it now.
     */
    void start(StartOrder order, RunListener listener);

    /**
     * Takes a run over that an earlier life of the node started. The listener hears that it runs, then all its output since
     * then that no node has taken, then its end; or {@code NOT_FOUND} as not started if the host knows of no such run.
     */
    void adopt(RunKey key, RunListener listener);

    /** Sends a signal to the group of a run, if it runs. */
    void signal(RunKey key, int signal);

    /** Ends a run with everything it started, whatever group or session that is in. */
    void kill(RunKey key);

    /**
     * Moves deadlines of leases. One that has passed is not moved any more.
     *
     * @param deadlines in nanoseconds of {@link System#nanoTime}, by run
     */
    void renew(Map<RunKey, Long> deadlines);

    /** The end of a run is stored; the host need not remember it. */
    void forget(RunKey key);

    /** Runs of an earlier life of the node that were there when this one began, and that nobody has adopted yet. */
    List<RunKey> inherited();

    /**
     * Tells this host, and the machine it is on since that was started, from every other for ever. The same for its next
     * life in the same directory, which knows what this one has left.
     */
    String id();

    /** How commands are limited and isolated on this machine, by subject, for a person. */
    Map<String, String> enforcement();

    /** Process id of the companion, or of this process if there is none. */
    int pid();

    /** Ends every run, except those that survive the node, and lets go of the host. */
    @Override
    void close();
}
