/**
 * Processes that are no jobs: services and commands of a channel that its user starts, watches and stops.
 * Invariant: a process keeps its id from its start to its removal, however often it is restarted. Served by the service
 * manager, asked by the edge and by handlers.
 */
@NullMarked
package io.millrace.contracts.process;

import org.jspecify.annotations.NullMarked;
