/**
 * Threads of a channel as their users see them: execution slots, and what runs in them.
 * Invariant: plain immutable values; a thread is named by its handle.
 * Used by handlers through their context, by the HTTP contract (section 4), and by the thread manager behind both.
 */
@NullMarked
package io.millrace.contracts.thread;

import org.jspecify.annotations.NullMarked;
