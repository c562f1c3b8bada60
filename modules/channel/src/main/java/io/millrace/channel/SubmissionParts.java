package io.millrace.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.SubmittedJob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Large submissions that arrive in parts, because a message between nodes is bounded. At most {@link #SUBMISSIONS_MAX}
 * at once; the oldest is dropped for a new one, and one whose last part does not come in time is dropped too. Its sender
 * is told so by the missing parts.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class SubmissionParts {
    static final int SUBMISSIONS_MAX = 64;

    private final Map<String, Parts> bySubmission = new LinkedHashMap<>();

    private static final class Parts {
        private final long beganAtMillis;
        private final List<SubmittedJob> jobs = new ArrayList<>();
        private int received;

        private Parts(long beganAtMillis) {
            this.beganAtMillis = beganAtMillis;
        }
    }

    /** Takes a part; parts of one submission come in order, because they travel the same way. */
    void add(String submission, List<SubmittedJob> jobs, long nowMillis) {
        dropLate(nowMillis);
        Parts parts = bySubmission.get(submission);
        if (parts == null) {
            if (bySubmission.size() == SUBMISSIONS_MAX) {
                bySubmission.remove(bySubmission.keySet().iterator().next());
            }
            parts = new Parts(nowMillis);
            bySubmission.put(submission, parts);
        }
        parts.jobs.addAll(jobs);
        parts.received++;
    }

    /** The jobs of all earlier parts, or null if a part is missing. The submission is forgotten. */
    @Nullable List<SubmittedJob> take(String submission, int expectedParts) {
        Parts parts = bySubmission.remove(submission);
        return parts == null || parts.received != expectedParts ? null : parts.jobs;
    }

    private void dropLate(long nowMillis) {
        bySubmission.values().removeIf(parts -> nowMillis - parts.beganAtMillis > Limits.ASK_TIMEOUT.toMillis());
    }
}
