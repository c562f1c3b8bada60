package io.millrace.domain.channel.simulation;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.domain.channel.ChannelEvent;
import java.util.List;

/** What a caller hears. */
sealed interface Answer {
    /** It was done; these events are stored. */
    record Done(List<ChannelEvent> events) implements Answer {}

    /** The key is known; these jobs were created under it. */
    record SameJobs(List<JobId> jobs) implements Answer {}

    record Refused(Problem problem) implements Answer {}

    /** Whether it took effect is unknown; the same request may be sent again. */
    record Unknown() implements Answer {}
}
