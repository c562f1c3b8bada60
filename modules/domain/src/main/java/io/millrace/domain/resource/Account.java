package io.millrace.domain.resource;

import io.millrace.contracts.resource.ResourceMetrics;

/** The books of one {@link ResourceAccount}, in its units. */
final class Account {
    final ResourceAccount name;

    private long limit;
    private long inUse;
    private long releasing;
    private long requestedBytes;
    private long peak;
    private long granted;
    private long released;
    private long refused;
    private long reused;

    Account(ResourceAccount name, long limit) {
        this.name = name;
        this.limit = limit;
    }

    void limit(long newLimit) {
        limit = newLimit;
    }

    long limit() {
        return limit;
    }

    long inUse() {
        return inUse;
    }

    /** What can be granted now; nothing while more is in use than a lowered limit allows. */
    long available() {
        return Math.max(0, limit - inUse);
    }

    void charge(LedgerEntry entry) {
        inUse += entry.amount();
        requestedBytes += entry.part.size();
        peak = Math.max(peak, inUse);
    }

    /** It was charged and was not granted after all. */
    void uncharge(LedgerEntry entry) {
        inUse -= entry.amount();
        requestedBytes -= entry.part.size();
    }

    void granted() {
        granted++;
    }

    void reused() {
        reused++;
    }

    void refused() {
        refused++;
    }

    void releasing(LedgerEntry entry) {
        releasing += entry.amount();
    }

    void released(LedgerEntry entry) {
        releasing -= entry.amount();
        released++;
        uncharge(entry);
    }

    ResourceMetrics.Totals totals(int waiters) {
        return new ResourceMetrics.Totals(
                limit,
                available(),
                inUse,
                peak,
                waiters,
                granted,
                released,
                refused,
                share(reused, granted),
                fragmentation(releasing, inUse, limit),
                name.tier() == null ? 0 : share(inUse * name.unit() - requestedBytes, inUse * name.unit()));
    }

    /** The same in bytes, for a sum over tiers. */
    Bytes bytes() {
        long unit = name.unit();
        return new Bytes(
                limit * unit,
                available() * unit,
                inUse * unit,
                peak * unit,
                releasing * unit,
                requestedBytes,
                granted,
                released,
                refused,
                reused);
    }

    /** Sums over tiers. The peak of a sum is at most the sum of the peaks; it is kept by the ledger. */
    record Bytes(
            long limit,
            long available,
            long inUse,
            long peak,
            long releasing,
            long requested,
            long granted,
            long released,
            long refused,
            long reused) {
        Bytes plus(Bytes other) {
            return new Bytes(
                    limit + other.limit,
                    available + other.available,
                    inUse + other.inUse,
                    peak + other.peak,
                    releasing + other.releasing,
                    requested + other.requested,
                    granted + other.granted,
                    released + other.released,
                    refused + other.refused,
                    reused + other.reused);
        }

        ResourceMetrics.Totals totals(long peakTogether, int waiters) {
            return new ResourceMetrics.Totals(
                    limit,
                    available,
                    inUse,
                    peakTogether,
                    waiters,
                    granted,
                    released,
                    refused,
                    share(reused, granted),
                    fragmentation(releasing, inUse, limit),
                    share(inUse - requested, inUse));
        }
    }

    /** Of a pool that a lowered limit made smaller than what is in use, what is in use is the whole. */
    private static double fragmentation(long releasing, long inUse, long limit) {
        return share(releasing, Math.max(inUse, limit));
    }

    private static double share(long part, long whole) {
        return whole <= 0 ? 0 : (double) part / whole;
    }
}
