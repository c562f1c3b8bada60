package io.millrace.channel.lock;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.lock.LockOwner;

/** What attempts are called as owners of locks. */
public final class LockOwners {
    private LockOwners() {}

    /** The attempt of a job, or a thread that belongs to none, as an owner. */
    public static LockOwner of(AttemptId attempt) {
        String name = attempt.isThread()
                ? "thread " + attempt.job()
                : "job " + attempt.job() + " attempt " + attempt.number();
        return new LockOwner(name, attempt.job(), attempt.epoch());
    }
}
