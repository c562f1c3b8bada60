package io.millrace.contracts.thread;

/**
 * Classes of threads (contract row T-26). Free slots go to them in the proportion 16 to 4 to 1, so that a lower class is
 * delayed and never starved.
 */
public enum ThreadPriority {
    SYSTEM,
    PROCESSING,
    MONITORING
}
