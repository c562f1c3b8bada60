package io.millrace.contracts.process;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;

/** Hears the output of processes. What it throws is counted and goes no further (contract row B-48). */
@FunctionalInterface
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public interface LineListener {

    /**
     * @param process that wrote it
     * @param line without its end
     * @param isError true for standard error
     */
    void line(JobId process, String line, boolean isError);

    /**
     * Lines that came before the next one were not handed over, because the listener took too long over earlier ones: at most
     * 10,000 wait for it. The log of the process has them.
     *
     * @param lines how many, of all processes
     */
    default void dropped(long lines) {}
}
