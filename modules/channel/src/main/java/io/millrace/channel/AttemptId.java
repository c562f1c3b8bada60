package io.millrace.channel;

import io.millrace.contracts.JobId;

/**
 * Names one attempt of a job within its channel. Everything an attempt holds is accounted for under this name.
 *
 * @param number 1 for the job's first attempt
 * @param epoch fencing epoch; rises strictly within the channel
 */
public record AttemptId(JobId job, int number, long epoch) {
    @Override
    public String toString() {
        return job + "-" + number;
    }
}
