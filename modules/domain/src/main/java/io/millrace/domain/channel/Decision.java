package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import java.util.List;

/** What a channel decided. */
public sealed interface Decision {

    /** Store these events, then act; an empty list means there is nothing to change. */
    record Accepted(List<ChannelEvent> events) implements Decision {
        public Accepted {
            events = List.copyOf(events);
        }
    }

    /** Change nothing; tell the caller why. */
    record Refused(Problem problem) implements Decision {}

    /** The idempotency key is known with the same body: these are the jobs it created. */
    record Replayed(List<JobId> jobs) implements Decision {
        public Replayed {
            jobs = List.copyOf(jobs);
        }
    }

    Decision NOTHING = new Accepted(List.of());
}
