package io.millrace.contracts.cleanup;

/**
 * What went back.
 *
 * @param processes ended
 * @param threads ended, attempts of jobs included
 * @param locks leases ended
 * @param resources entries of the ledger returned
 * @param bytes of buffers and memory among them
 * @param logBytes of stored output removed
 */
public record Released(long processes, long threads, long locks, long resources, long bytes, long logBytes) {
    public static final Released NOTHING = new Released(0, 0, 0, 0, 0, 0);

    public Released plus(Released other) {
        return new Released(
                processes + other.processes,
                threads + other.threads,
                locks + other.locks,
                resources + other.resources,
                bytes + other.bytes,
                logBytes + other.logBytes);
    }
}
