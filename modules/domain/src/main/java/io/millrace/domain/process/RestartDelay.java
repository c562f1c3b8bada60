package io.millrace.domain.process;

import io.millrace.contracts.JobId;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.domain.Limits;

/** How long a process waits before it is restarted. */
final class RestartDelay {
    private RestartDelay() {}

    /**
     * Grows with each restart in a row up to the policy's longest delay, and varies by a part of it. The same run always
     * gives the same delay.
     *
     * @param run number of the run that has ended
     * @param inRow which restart in a row it is, from 1
     */
    static long millis(ProcessEntry process, int run, int inRow) {
        RestartPolicy policy = process.spec().restart();
        double grown = (double) policy.initialDelay().toMillis() * Math.pow(policy.factor(), inRow - 1.0);
        double varied = grown * (1 + Limits.PROCESS_RESTART_JITTER * variation(process.id(), run));
        return Math.round(Math.min(varied, policy.maxDelay().toMillis()));
    }

    /** Between -1 and 1. */
    private static double variation(JobId process, int run) {
        long mixed = (process.high() ^ process.low()) + run * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        mixed ^= mixed >>> 31;
        return (mixed >>> 11) * 0x1.0p-52 - 1;
    }
}
