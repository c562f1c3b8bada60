package io.millrace.contracts.process;

import io.millrace.contracts.JobId;

/** Hears the output of processes. What it throws is counted and goes no further (contract row B-48). */
@FunctionalInterface
public interface LineListener {

    /**
     * @param process that wrote it
     * @param line without its end
     * @param isError true for standard error
     */
    void line(JobId process, String line, boolean isError);
}
