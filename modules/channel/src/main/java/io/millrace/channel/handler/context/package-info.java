/**
 * What runs on a handler's own thread: the handler itself, its context, and its output.
 * Invariant: only these classes may hold a thread, and only one that belongs to a handler; after the end of its attempt
 * a context does nothing.
 * Called by the thread pool of a channel and by handlers.
 */
@NullMarked
package io.millrace.channel.handler.context;

import org.jspecify.annotations.NullMarked;
