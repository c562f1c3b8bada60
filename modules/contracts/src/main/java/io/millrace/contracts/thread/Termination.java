package io.millrace.contracts.thread;

/**
 * How an attempt to end a thread went.
 *
 * @param terminated true only if the thread is gone
 * @param forced true if asking was not enough: its thread was interrupted, or its process killed
 * @param detail what happened and, if it is not gone, where it is and what to do
 */
public record Termination(boolean terminated, boolean forced, String detail) {}
