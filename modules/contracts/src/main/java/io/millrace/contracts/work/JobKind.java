package io.millrace.contracts.work;

/** What a job runs. */
public enum JobKind {
    /** An operating system command. */
    PROCESS,
    /** Java code found by name. */
    HANDLER,
    /** An HTTP call. */
    HTTP;

    /** Name in requests and replies. */
    public String wireName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
