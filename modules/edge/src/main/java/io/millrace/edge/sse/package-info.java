/**
 * Streams of log lines and events: server-sent events, JSON lines and bare text.
 * Invariant: a stream holds one page at most. It asks for what lies behind its cursor only when the client has taken what
 * it was given, says what it could not deliver, and is never silent longer than a heartbeat.
 * Called by the routes of the HTTP contract.
 */
@NullMarked
package io.millrace.edge.sse;

import org.jspecify.annotations.NullMarked;
