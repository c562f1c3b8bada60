package io.millrace.contracts.process;

/**
 * Another process of the channel that has to be so far before this one starts.
 *
 * @param name may be registered later
 */
public record ProcessDependency(ProcessName name, Condition condition) {

    /** How far. One that has ended with success is as far as anybody may ask for. */
    public enum Condition {
        /** It runs. */
        STARTED,
        /** It runs and is ready; one without a readiness check is ready as soon as it runs. The default. */
        READY,
        /** It runs and has written the line of its readiness check, which may have more to it than the line. */
        LOGGED,
        /** It has ended, whichever way. */
        COMPLETED,
        /** It has ended with success. */
        SUCCEEDED
    }
}
