package io.millrace.channel.handle;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.handle.Owner;

/** What attempts are called as owners of what they hold. */
public final class Owners {
    private Owners() {}

    /** The attempt of a job, or a thread that belongs to none, as an owner. */
    public static Owner of(AttemptId attempt) {
        String name = attempt.isThread()
                ? "thread " + attempt.job()
                : "job " + attempt.job() + " attempt " + attempt.number();
        return new Owner(name, attempt.job(), attempt.epoch());
    }
}
