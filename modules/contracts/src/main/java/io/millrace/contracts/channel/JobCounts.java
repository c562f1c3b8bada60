package io.millrace.contracts.channel;

/**
 * Jobs of a channel by state. The four live states count what is there now, the four ended ones what ended since the
 * channel was created.
 */
public record JobCounts(
        long queued,
        long running,
        long scheduled,
        long blocked,
        long succeeded,
        long failed,
        long cancelled,
        long lost) {
    public static final JobCounts NONE = new JobCounts(0, 0, 0, 0, 0, 0, 0, 0);

    /** Jobs that have not ended. */
    public long live() {
        return queued + running + scheduled + blocked;
    }
}
