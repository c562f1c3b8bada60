/**
 * The companion of a node: a small process of its own that runs a process host and does what the node asks over a socket.
 * Invariant: one thread talks to the node and never waits for it, so that a node which does not read holds up nothing but
 * itself. Started by {@code io.millrace.host.client}.
 */
@NullMarked
package io.millrace.host.server;

import org.jspecify.annotations.NullMarked;
