package io.millrace.channel.resource.buffer;

import io.millrace.contracts.ThreadSafety;

/**
 * How the memory of a tier, or of all tiers together, is used at one moment; sizes in bytes.
 *
 * @param inUseBytes size of the buffers that are granted
 * @param idleBytes size of the buffers that wait to be granted again
 * @param returningBytes size of the buffers that were given back while somebody accessed them
 * @param requestedBytes what the holders of the granted buffers had asked for
 * @param granted grants since the start
 * @param reused those of them that were served by a buffer which had been returned
 * @param freed buffers whose memory went back to the system since the start
 */
@ThreadSafety(ThreadSafety.Level.READ_SAFE)
public record BufferFigures(
        long committedBytes,
        long inUseBytes,
        long idleBytes,
        long returningBytes,
        long requestedBytes,
        long granted,
        long reused,
        long freed) {
    static final BufferFigures NONE = new BufferFigures(0, 0, 0, 0, 0, 0, 0, 0);

    /** Share of the committed memory that is neither in use nor can be granted at once, 0 to 1 (contract row R-20). */
    public double fragmentation() {
        return committedBytes == 0 ? 0 : (double) (committedBytes - inUseBytes - idleBytes) / committedBytes;
    }

    /** Share of the granted memory that nobody asked for, because a buffer has the whole size of its tier, 0 to 1. */
    public double waste() {
        return inUseBytes == 0 ? 0 : 1 - (double) requestedBytes / inUseBytes;
    }

    BufferFigures plus(BufferFigures other) {
        return new BufferFigures(
                committedBytes + other.committedBytes,
                inUseBytes + other.inUseBytes,
                idleBytes + other.idleBytes,
                returningBytes + other.returningBytes,
                requestedBytes + other.requestedBytes,
                granted + other.granted,
                reused + other.reused,
                freed + other.freed);
    }
}
