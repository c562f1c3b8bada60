package io.millrace.channel;

import io.millrace.contracts.Problem;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.cleanup.CleanupChange;
import org.jspecify.annotations.Nullable;

/** Estimates how many bytes something takes in the journal, before compression. Cheap and good enough for bounds. */
public final class StoredSize {
    private static final int EVENT_BYTES = 64;
    static final int JOB_BYTES = 96;
    private static final int ID_BYTES = 18;

    private StoredSize() {}

    public static long of(JournalEntry entry) {
        long bytes = EVENT_BYTES;
        for (ChannelEvent event : entry.events()) {
            bytes += of(event);
        }
        return bytes;
    }

    static long of(ChannelEvent event) {
        return EVENT_BYTES
                + switch (event) {
                    case ChannelEvent.JobsSubmitted e -> ofJobs(e);
                    case ChannelEvent.JobRetried e -> of(e.job());
                    case ChannelEvent.AttemptEnded e -> of(e.outcome());
                    case ChannelEvent.JobsDue e -> (long) ID_BYTES * e.jobs().size();
                    case ChannelEvent.JobsEnded e ->
                        (long) ID_BYTES * e.jobs().size() + e.reason().length();
                    case ChannelEvent.EventPublished e -> e.dataJson().length();
                    case ChannelEvent.LockGranted e -> (long) EVENT_BYTES + names(e.lock(), e.owner());
                    case ChannelEvent.LockReleased e -> names(e.lock(), e.owner());
                    case ChannelEvent.CleanupChanged e -> of(e.change());
                    case ChannelEvent.ChannelCreated _, ChannelEvent.ChannelChanged _ -> 4L * EVENT_BYTES;
                    case ChannelEvent.ChannelPaused _,
                            ChannelEvent.ChannelResumed _,
                            ChannelEvent.ChannelDraining _,
                            ChannelEvent.ChannelDeleting _,
                            ChannelEvent.ChannelDeleted _,
                            ChannelEvent.OwnershipTaken _,
                            ChannelEvent.AttemptStarted _,
                            ChannelEvent.CancelRequested _,
                            ChannelEvent.LateResultRecorded _ -> 0L;
                };
    }

    static long of(SubmittedJob job) {
        long bytes = JOB_BYTES + job.spec().length + job.name().length();
        for (var label : job.labels().entrySet()) {
            bytes += label.getKey().length() + label.getValue().length() + 2L;
        }
        return bytes;
    }

    private static long of(CleanupChange change) {
        return EVENT_BYTES
                + switch (change) {
                    case CleanupChange.Registered e -> e.task().length;
                    case CleanupChange.RunStarted e ->
                        (long) EVENT_BYTES * e.steps().size();
                    case CleanupChange.StepEnded e -> of(e.error());
                    case CleanupChange.RunEnded e ->
                        e.problems().stream().mapToLong(String::length).sum();
                    case CleanupChange.Removed _, CleanupChange.StepStarted _, CleanupChange.RollbackStarted _ -> 0L;
                };
    }

    private static long of(@Nullable Problem error) {
        return error == null ? 0 : error.detail().length() + 2L * EVENT_BYTES;
    }

    private static long names(LockName lock, String owner) {
        return (long) lock.value().length() + owner.length();
    }

    private static long ofJobs(ChannelEvent.JobsSubmitted event) {
        long bytes = 0;
        for (SubmittedJob job : event.jobs()) {
            bytes += of(job);
        }
        return bytes;
    }

    private static long of(AttemptOutcome outcome) {
        long result = outcome.resultJson() == null ? 0 : outcome.resultJson().length();
        return result + of(outcome.error());
    }
}
