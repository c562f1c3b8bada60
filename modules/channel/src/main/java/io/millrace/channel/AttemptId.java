package io.millrace.channel;

import io.millrace.contracts.JobId;
import io.millrace.domain.channel.LiveJob;

/**
 * Names one attempt of a job within its channel, or one thread that was created by itself. Everything it holds is
 * accounted for under this name.
 *
 * @param number 1 for the job's first attempt, 0 for a thread
 * @param epoch fencing epoch; rises strictly within the channel. 0 for a thread
 */
public record AttemptId(JobId job, int number, long epoch) {

    public static AttemptId of(LiveJob.Running job) {
        return new AttemptId(job.id(), job.attempts(), job.epoch());
    }

    /** Names a thread that belongs to no job. */
    public static AttemptId ofThread(JobId thread) {
        return new AttemptId(thread, 0, 0);
    }

    /** True for a thread that belongs to no job: nothing of it is stored, and its channel has no record of it. */
    public boolean isThread() {
        return number == 0;
    }

    /** As users name it where threads are shown. */
    @Override
    public String toString() {
        return isThread() ? job.toString() : job + "-" + number;
    }
}
