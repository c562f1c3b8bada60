/**
 * Calls of the C library and the kernel that Java has no class for: starting programs, signals, epoll, processors.
 * Invariant: nothing here knows what a job is. Called by the process host, and by the node for its own threads.
 */
@NullMarked
package io.millrace.host.system;

import org.jspecify.annotations.NullMarked;
