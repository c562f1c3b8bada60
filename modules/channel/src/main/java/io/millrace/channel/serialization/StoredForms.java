package io.millrace.channel.serialization;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.process.Readiness;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JobPolicy;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.incident.IncidentEvent;
import io.millrace.domain.incident.IncidentPhase;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessPhase;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Annotations for types of modules that know nothing of Jackson. The names of events are written into the journal:
 * an entry of this list may be added, never changed or removed.
 */
final class StoredForms {
    private StoredForms() {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(name = "ChannelCreated", value = ChannelEvent.ChannelCreated.class),
        @JsonSubTypes.Type(name = "ChannelChanged", value = ChannelEvent.ChannelChanged.class),
        @JsonSubTypes.Type(name = "ChannelPaused", value = ChannelEvent.ChannelPaused.class),
        @JsonSubTypes.Type(name = "ChannelResumed", value = ChannelEvent.ChannelResumed.class),
        @JsonSubTypes.Type(name = "ChannelDraining", value = ChannelEvent.ChannelDraining.class),
        @JsonSubTypes.Type(name = "ChannelDeleting", value = ChannelEvent.ChannelDeleting.class),
        @JsonSubTypes.Type(name = "ChannelDeleted", value = ChannelEvent.ChannelDeleted.class),
        @JsonSubTypes.Type(name = "OwnershipTaken", value = ChannelEvent.OwnershipTaken.class),
        @JsonSubTypes.Type(name = "JobsSubmitted", value = ChannelEvent.JobsSubmitted.class),
        @JsonSubTypes.Type(name = "JobsDue", value = ChannelEvent.JobsDue.class),
        @JsonSubTypes.Type(name = "AttemptStarted", value = ChannelEvent.AttemptStarted.class),
        @JsonSubTypes.Type(name = "AttemptAdopted", value = ChannelEvent.AttemptAdopted.class),
        @JsonSubTypes.Type(name = "CancelRequested", value = ChannelEvent.CancelRequested.class),
        @JsonSubTypes.Type(name = "AttemptEnded", value = ChannelEvent.AttemptEnded.class),
        @JsonSubTypes.Type(name = "JobsEnded", value = ChannelEvent.JobsEnded.class),
        @JsonSubTypes.Type(name = "JobRetried", value = ChannelEvent.JobRetried.class),
        @JsonSubTypes.Type(name = "LateResultRecorded", value = ChannelEvent.LateResultRecorded.class),
        @JsonSubTypes.Type(name = "EventPublished", value = ChannelEvent.EventPublished.class),
        @JsonSubTypes.Type(name = "LockGranted", value = ChannelEvent.LockGranted.class),
        @JsonSubTypes.Type(name = "LockReleased", value = ChannelEvent.LockReleased.class),
        @JsonSubTypes.Type(name = "ResourcesNoted", value = ChannelEvent.ResourcesNoted.class),
        @JsonSubTypes.Type(name = "CleanupChanged", value = ChannelEvent.CleanupChanged.class),
        @JsonSubTypes.Type(name = "ProcessChanged", value = ChannelEvent.ProcessChanged.class),
    })
    @JsonInclude(JsonInclude.Include.NON_NULL)
    interface Event {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(name = "Registered", value = CleanupChange.Registered.class),
        @JsonSubTypes.Type(name = "Removed", value = CleanupChange.Removed.class),
        @JsonSubTypes.Type(name = "RunStarted", value = CleanupChange.RunStarted.class),
        @JsonSubTypes.Type(name = "StepStarted", value = CleanupChange.StepStarted.class),
        @JsonSubTypes.Type(name = "StepEnded", value = CleanupChange.StepEnded.class),
        @JsonSubTypes.Type(name = "RollbackStarted", value = CleanupChange.RollbackStarted.class),
        @JsonSubTypes.Type(name = "RunEnded", value = CleanupChange.RunEnded.class),
        @JsonSubTypes.Type(name = "ItemsReturned", value = CleanupChange.ItemsReturned.class),
    })
    @JsonInclude(JsonInclude.Include.NON_NULL)
    interface OfCleanup {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(name = "Registered", value = ProcessChange.Registered.class),
        @JsonSubTypes.Type(name = "StartRequested", value = ProcessChange.StartRequested.class),
        @JsonSubTypes.Type(name = "Cancelled", value = ProcessChange.Cancelled.class),
        @JsonSubTypes.Type(name = "Removed", value = ProcessChange.Removed.class),
        @JsonSubTypes.Type(name = "RunStarted", value = ProcessChange.RunStarted.class),
        @JsonSubTypes.Type(name = "RunUp", value = ProcessChange.RunUp.class),
        @JsonSubTypes.Type(name = "BecameReady", value = ProcessChange.BecameReady.class),
        @JsonSubTypes.Type(name = "LineWritten", value = ProcessChange.LineWritten.class),
        @JsonSubTypes.Type(name = "SignalSent", value = ProcessChange.SignalSent.class),
        @JsonSubTypes.Type(name = "StopRequested", value = ProcessChange.StopRequested.class),
        @JsonSubTypes.Type(name = "RunEnded", value = ProcessChange.RunEnded.class),
    })
    @JsonInclude(JsonInclude.Include.NON_NULL)
    interface OfProcess {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(name = "Waiting", value = ProcessPhase.Waiting.class),
        @JsonSubTypes.Type(name = "Starting", value = ProcessPhase.Starting.class),
        @JsonSubTypes.Type(name = "Running", value = ProcessPhase.Running.class),
        @JsonSubTypes.Type(name = "Stopping", value = ProcessPhase.Stopping.class),
        @JsonSubTypes.Type(name = "Ended", value = ProcessPhase.Ended.class),
    })
    @JsonInclude(JsonInclude.Include.NON_NULL)
    interface PhaseOfProcess {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(name = "Http", value = Readiness.Http.class),
        @JsonSubTypes.Type(name = "Tcp", value = Readiness.Tcp.class),
        @JsonSubTypes.Type(name = "Log", value = Readiness.Log.class),
        @JsonSubTypes.Type(name = "Command", value = Readiness.Command.class),
        @JsonSubTypes.Type(name = "AfterLine", value = Readiness.AfterLine.class),
    })
    interface OfReadiness {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(name = "Opened", value = IncidentEvent.Opened.class),
        @JsonSubTypes.Type(name = "SeenAgain", value = IncidentEvent.SeenAgain.class),
        @JsonSubTypes.Type(name = "Subsided", value = IncidentEvent.Subsided.class),
        @JsonSubTypes.Type(name = "Acknowledged", value = IncidentEvent.Acknowledged.class),
        @JsonSubTypes.Type(name = "InvestigationBegun", value = IncidentEvent.InvestigationBegun.class),
        @JsonSubTypes.Type(name = "Resolved", value = IncidentEvent.Resolved.class),
        @JsonSubTypes.Type(name = "Closed", value = IncidentEvent.Closed.class),
        @JsonSubTypes.Type(name = "Reopened", value = IncidentEvent.Reopened.class),
        @JsonSubTypes.Type(name = "Merged", value = IncidentEvent.Merged.class),
        @JsonSubTypes.Type(name = "Overdue", value = IncidentEvent.Overdue.class),
        @JsonSubTypes.Type(name = "Removed", value = IncidentEvent.Removed.class),
    })
    interface OfIncident {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(name = "Open", value = IncidentPhase.Open.class),
        @JsonSubTypes.Type(name = "Investigating", value = IncidentPhase.Investigating.class),
        @JsonSubTypes.Type(name = "Resolved", value = IncidentPhase.Resolved.class),
        @JsonSubTypes.Type(name = "Closed", value = IncidentPhase.Closed.class),
    })
    @JsonInclude(JsonInclude.Include.NON_NULL)
    interface PhaseOfIncident {}

    /** Messages of a sealed kind inside another message: told apart by the name of their record. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    interface OneOfSeveral {}

    /** Absent fields take the defaults of the record, so what most jobs have in common costs nothing. */
    abstract static class Job {
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Nullable String name;

        @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = OmitMedium.class)
        @Nullable Priority priority;

        @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        long notBeforeMillis;

        @JsonInclude(value = JsonInclude.Include.CUSTOM, valueFilter = OmitDefaultPolicy.class)
        @Nullable JobPolicy policy;

        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Nullable Map<String, String> labels;
    }

    /** Leaves out what is absent. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    interface WithoutNulls {}

    /** Says which priority is not written; Jackson asks by {@code equals}. */
    static final class OmitMedium {
        @Override
        public boolean equals(@Nullable Object value) {
            return value == null || value == Priority.MEDIUM;
        }

        @Override
        public int hashCode() {
            return Priority.MEDIUM.hashCode();
        }
    }

    /** Says which policy is not written; Jackson asks by {@code equals}. */
    static final class OmitDefaultPolicy {
        @Override
        public boolean equals(@Nullable Object value) {
            return value == null || JobPolicy.DEFAULT.equals(value);
        }

        @Override
        public int hashCode() {
            return JobPolicy.DEFAULT.hashCode();
        }
    }
}
