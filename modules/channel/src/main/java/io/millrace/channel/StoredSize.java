package io.millrace.channel;

import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.Readiness;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.resource.NotedResource;
import java.util.List;
import java.util.Map;
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
                    case ChannelEvent.ResourcesNoted e -> of(e);
                    case ChannelEvent.CleanupChanged e -> of(e.change());
                    case ChannelEvent.ProcessChanged e -> of(e.change());
                    case ChannelEvent.ChannelCreated _, ChannelEvent.ChannelChanged _ -> 4L * EVENT_BYTES;
                    case ChannelEvent.ChannelPaused _,
                            ChannelEvent.ChannelResumed _,
                            ChannelEvent.ChannelDraining _,
                            ChannelEvent.ChannelDeleting _,
                            ChannelEvent.ChannelDeleted _,
                            ChannelEvent.OwnershipTaken _,
                            ChannelEvent.AttemptStarted _,
                            ChannelEvent.AttemptAdopted _,
                            ChannelEvent.CancelRequested _,
                            ChannelEvent.LateResultRecorded _ -> 0L;
                };
    }

    static long of(SubmittedJob job) {
        return JOB_BYTES + job.spec().length + job.name().length() + of(job.labels());
    }

    private static long of(CleanupChange change) {
        return EVENT_BYTES
                + switch (change) {
                    case CleanupChange.Registered e -> e.task().length;
                    case CleanupChange.RunStarted e ->
                        (long) EVENT_BYTES * e.steps().size();
                    case CleanupChange.StepEnded e -> of(e.error());
                    case CleanupChange.RunEnded e ->
                        e.problems().stream().mapToLong(String::length).sum() + of(e.returned());
                    case CleanupChange.ItemsReturned e -> of(e.returned());
                    case CleanupChange.Removed _, CleanupChange.StepStarted _, CleanupChange.RollbackStarted _ -> 0L;
                };
    }

    private static long of(List<ReturnedItem> items) {
        long bytes = 0;
        for (ReturnedItem item : items) {
            bytes += 2L * EVENT_BYTES + 2L * ID_BYTES * item.ids().size();
        }
        return bytes;
    }

    private static long of(ChannelEvent.ResourcesNoted event) {
        long bytes = 0;
        for (NotedResource noted : event.resources()) {
            bytes += EVENT_BYTES + 2L * ID_BYTES * noted.ids().size();
        }
        return bytes;
    }

    private static long of(ProcessChange change) {
        return EVENT_BYTES
                + switch (change) {
                    case ProcessChange.Registered e -> of(e.spec());
                    case ProcessChange.RunUp e -> e.command().length();
                    case ProcessChange.RunEnded e -> of(e.error()) + of(e.end().problem());
                    case ProcessChange.StartRequested _,
                            ProcessChange.Cancelled _,
                            ProcessChange.Removed _,
                            ProcessChange.RunStarted _,
                            ProcessChange.LineWritten _,
                            ProcessChange.BecameReady _,
                            ProcessChange.SignalSent _,
                            ProcessChange.StopRequested _ -> 0L;
                };
    }

    private static long of(ProcessSpec spec) {
        long bytes = 4L * EVENT_BYTES + (long) EVENT_BYTES * spec.dependsOn().size();
        bytes += words(spec.command()) + words(spec.stop().command());
        if (spec.ready() != null && spec.ready().check() instanceof Readiness.Command(var check)) {
            bytes += words(check);
        }
        return bytes + of(spec.env()) + of(spec.labels());
    }

    private static long words(List<String> command) {
        return command.stream().mapToLong(argument -> argument.length() + 2L).sum();
    }

    private static long of(Map<String, String> texts) {
        long bytes = 0;
        for (var text : texts.entrySet()) {
            bytes += text.getKey().length() + text.getValue().length() + 2L;
        }
        return bytes;
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
