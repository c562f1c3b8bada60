/**
 * The process host: starts commands, watches them, reads their output and ends whole trees of them, in a small companion
 * process of the node, so that a node which pauses or dies leaves no command running unowned.
 * Invariant: no command outlives the lease it runs under. Asked by the process managers of the node's channels.
 */
@NullMarked
package io.millrace.host;

import org.jspecify.annotations.NullMarked;
