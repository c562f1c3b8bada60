/**
 * Pure decisions about the execution slots of one channel: who gets the next one.
 * Invariant: a lower class is delayed, never starved, and within a class nobody is overtaken.
 * Called by the thread manager.
 */
@NullMarked
package io.millrace.domain.thread;

import org.jspecify.annotations.NullMarked;
