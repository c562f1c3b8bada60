package io.millrace.domain.cleanup;

import java.util.List;

/**
 * An execution was stopped because its channel was not isolated (contract row C-49). It stays an incident of the channel
 * until one of its executions completes.
 *
 * @param run number of the execution
 * @param problems what was found
 */
public record IsolationBreach(long run, List<String> problems) {
    public IsolationBreach {
        problems = List.copyOf(problems);
    }
}
