package io.millrace.channel;

import io.millrace.contracts.JobId;
import io.millrace.domain.Limits;
import java.util.LinkedHashMap;

/**
 * The jobs a channel ran again lately, to tell whether what the read model showed of a job is still the latest: a job the
 * channel does not hold lives again by a retry and by nothing else. Kept in memory only; a mark of an earlier owner of
 * the channel is never current.
 */
final class RecentRetries {
    private final LinkedHashMap<JobId, Long> lastOf = new LinkedHashMap<>();
    private long count;
    private long forgotten;

    /**
     * A moment in the life of a channel, taken before the read model is looked at.
     *
     * @param incarnation of the channel then
     * @param retries how many there had been in it
     */
    record Mark(long incarnation, long retries) {}

    /** Remembers a retry; beyond {@link Limits#RETRIES_HELD_MAX} jobs the one retried longest ago is forgotten. */
    void add(JobId job) {
        lastOf.remove(job);
        lastOf.put(job, ++count);
        if (lastOf.size() > Limits.RETRIES_HELD_MAX) {
            forgotten = lastOf.pollFirstEntry().getValue();
        }
    }

    Mark mark(long incarnation) {
        return new Mark(incarnation, count);
    }

    /** False if the job was retried since the mark, or may have been: of a forgotten retry the job is not known. */
    boolean isUntouchedSince(Mark mark, JobId job, long incarnation) {
        return mark.incarnation == incarnation
                && mark.retries >= lastOf.getOrDefault(job, 0L)
                && mark.retries >= forgotten;
    }
}
