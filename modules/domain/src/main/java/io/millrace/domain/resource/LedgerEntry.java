package io.millrace.domain.resource;

import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceUsage;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One resource of the ledger, from the wish until it is forgotten. Its history has one step for each state at most. */
final class LedgerEntry {
    static final long NEVER = Long.MAX_VALUE;

    final ResourceWish.Part part;
    final ResourceAccount account;
    final Owner owner;
    private final long wishedNanos;
    private final List<ResourceView.Step> history = new ArrayList<>(ResourceState.values().length);

    private ResourceState state = ResourceState.REQUESTED;
    /** State it had before it was withheld; absent unless it is. */
    private @Nullable ResourceState withheldFrom;

    private long grantedNanos = NEVER;
    private long endedNanos = NEVER;
    private long expiresNanos = NEVER;
    private @Nullable Instant granted;
    private @Nullable Instant expires;
    private @Nullable Instant released;
    private @Nullable ReleaseReason reason;

    private long uses;
    private long bytesWritten;
    private long bytesRead;
    private long peakBytes;
    private @Nullable Instant lastUsed;

    LedgerEntry(ResourceWish.Part part, ResourceAccount account, Owner owner, Moment now) {
        this.part = part;
        this.account = account;
        this.owner = owner;
        this.wishedNanos = now.nanos();
        enter(ResourceState.REQUESTED, now);
    }

    private void enter(ResourceState next, Moment now) {
        state = next;
        history.add(new ResourceView.Step(next, now.instant()));
    }

    void grant(long ttlNanos, boolean isInUse, Moment now) {
        enter(ResourceState.GRANTED, now);
        grantedNanos = now.nanos();
        granted = now.instant();
        if (ttlNanos > 0) {
            expiresNanos = now.nanos() + ttlNanos;
            expires = now.instantOf(expiresNanos);
        }
        if (isInUse) {
            enter(ResourceState.IN_USE, now);
        }
    }

    void use(long offset, long written, long read, Moment now) {
        if (state == ResourceState.GRANTED) {
            enter(ResourceState.IN_USE, now);
        }
        uses++;
        bytesWritten += written;
        bytesRead += read;
        if (written > 0) {
            peakBytes = Math.max(peakBytes, offset + written);
        }
        lastUsed = now.instant();
    }

    void beginRelease(ReleaseReason why, Moment now) {
        reason = why;
        expiresNanos = NEVER;
        if (withheldFrom == null) {
            enter(ResourceState.RELEASING, now);
        }
        withheldFrom = null;
    }

    /** Takes it out of its owner's hands; its time to live goes on. */
    void withhold(Moment now) {
        withheldFrom = state;
        enter(ResourceState.RELEASING, now);
    }

    /** Gives it back to its owner, as if it had never been withheld. */
    void restore() {
        state = Objects.requireNonNull(withheldFrom, "only what is withheld is restored");
        withheldFrom = null;
        history.removeLast();
    }

    void endRelease(Moment now) {
        endedNanos = now.nanos();
        released = now.instant();
        enter(ResourceState.RELEASED, now);
    }

    ResourceState state() {
        return state;
    }

    /** True while its owner can do nothing with it though it is not on its way back. */
    boolean isWithheld() {
        return withheldFrom != null;
    }

    /** True if it is granted and neither withheld nor on its way back. */
    boolean isHeld() {
        return state == ResourceState.GRANTED || state == ResourceState.IN_USE;
    }

    String id() {
        return part.id();
    }

    /** What is charged, in units of its account. */
    long amount() {
        return account.amount(part.size());
    }

    /** What is charged, as users count it. */
    long charged() {
        return amount() * account.unit();
    }

    long expiresNanos() {
        return expiresNanos;
    }

    /** True if its owner has had it for this long, in nanoseconds. */
    boolean isHeldFor(long nanos, Moment now) {
        return isHeld() && now.nanos() - grantedNanos >= nanos;
    }

    ResourceUsage usage(Moment now) {
        long waitedUntil = grantedNanos == NEVER ? now.nanos() : grantedNanos;
        long heldUntil = endedNanos == NEVER ? now.nanos() : endedNanos;
        return new ResourceUsage(
                Duration.ofNanos(waitedUntil - wishedNanos),
                grantedNanos == NEVER ? Duration.ZERO : Duration.ofNanos(heldUntil - grantedNanos),
                uses,
                bytesWritten,
                bytesRead,
                peakBytes,
                lastUsed);
    }

    ResourceView view() {
        BufferTier tier = account.tier();
        return new ResourceView(
                part.handle(),
                part.type(),
                charged(),
                part.size(),
                tier,
                state,
                owner,
                granted,
                expires,
                released,
                reason,
                history);
    }
}
