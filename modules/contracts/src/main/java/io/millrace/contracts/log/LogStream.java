package io.millrace.contracts.log;

/** Where a line came from. */
public enum LogStream {
    STDOUT,
    STDERR,
    /** Written by Millrace itself, for example a marker where output was dropped. */
    SYSTEM;

    /** Name in requests and replies. */
    public String wireName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
