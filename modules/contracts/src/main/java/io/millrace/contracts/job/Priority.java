package io.millrace.contracts.job;

/** Order among the queued jobs of a channel. Weighted: {@code LOW} is delayed, never starved. */
public enum Priority {
    HIGH,
    MEDIUM,
    LOW;

    /** Name in requests and replies. */
    public String wireName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
