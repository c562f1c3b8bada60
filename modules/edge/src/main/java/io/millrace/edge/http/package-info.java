/**
 * The HTTP server and the routes of the HTTP contract.
 * Invariant: every request gets exactly one reply within a named limit, every error is a problem (RFC 9457), and nothing
 * internal leaves the server. A request is read, decided and answered without waiting on a thread; what it asks for goes
 * to {@link io.millrace.channel.Channels}. Started by the node.
 */
@NullMarked
package io.millrace.edge.http;

import org.jspecify.annotations.NullMarked;
