package io.millrace.contracts.cleanup;

import io.millrace.contracts.work.Work;
import java.util.List;
import java.util.Map;

/**
 * Something a cleanup task does, to clean up, to check that it is clean, or to take it back. It has worked if the command
 * exits with 0, the handler returns something other than {@code false}, the call is answered with an expected status, or
 * what was to be released is back.
 */
public sealed interface CleanupAction {

    /** A command or a handler. A command runs in a fresh directory unless it names one or cleans up behind an attempt. */
    record Run(Work work) implements CleanupAction {}

    /**
     * An HTTP request.
     *
     * @param method for example {@code POST}
     * @param url absolute, {@code http} or {@code https}
     * @param body empty for none
     * @param expectStatus status codes that count as success; empty for 200 to 299
     */
    record Http(String method, String url, Map<String, String> headers, String body, List<Integer> expectStatus)
            implements CleanupAction {
        public Http {
            headers = Map.copyOf(headers);
            expectStatus = List.copyOf(expectStatus);
        }
    }

    /** Gives back what the channel holds. */
    record Release(ReleaseScope scope) implements CleanupAction {}
}
