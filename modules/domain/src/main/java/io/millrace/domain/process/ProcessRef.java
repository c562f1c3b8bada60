package io.millrace.domain.process;

import io.millrace.contracts.JobId;
import io.millrace.contracts.process.ProcessName;

/**
 * Which process a change is about. Both are its own from its registration to its removal.
 *
 * @param id unique in the cluster and for ever
 * @param name for people, who read of it in events
 */
public record ProcessRef(JobId id, ProcessName name) {}
