package io.millrace.contracts.job;

/** What happens to an attempt whose outcome cannot be known, for example after its node was killed. */
public enum Delivery {
    /** Run again with a higher epoch, while attempts are left. The default. */
    AT_LEAST_ONCE,
    /** Never run again by itself: the job ends {@link JobState#LOST}. */
    AT_MOST_ONCE;

    /** Name in requests and replies. */
    public String wireName() {
        return this == AT_LEAST_ONCE ? "at-least-once" : "at-most-once";
    }
}
