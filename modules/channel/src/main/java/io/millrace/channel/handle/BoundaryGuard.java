package io.millrace.channel.handle;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.BoundaryViolation.Severity;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.SecurityBoundary;
import io.millrace.contracts.work.JobKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checks what a command names against the eight security boundaries (contract rows T-05 and T-33).
 *
 * <p>Five of them are about the handle that was presented, and a command that breaks one is refused. A thing that holds
 * what belongs to another channel is left alone too, because whatever is done with it would reach there. A kind of work
 * that is no longer allowed and a quota that was lowered are reported only: neither is the caller's doing, and refusing
 * would keep people from ending what is too much.
 *
 * <p>Who names a thing by its identifier alone presents no handle, so nothing is wrong with it; their right to use the
 * channel was checked elsewhere.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class BoundaryGuard {
    private final HandleSeals seals;

    public BoundaryGuard(HandleSeals seals) {
        this.seals = seals;
    }

    /** Every boundary that does not hold, in the order of {@link SecurityBoundary}. */
    public List<BoundaryViolation> check(Reference presented, Expectation expected) {
        List<BoundaryViolation> found = new ArrayList<>();
        Handle handle = presented.handle();
        if (handle != null) {
            checkOrigin(handle, expected, found);
        }
        checkThing(expected, found);
        if (handle != null && handle.type() != expected.type()) {
            found.add(critical(
                    SecurityBoundary.MESSAGE_TYPE,
                    "The handle names a " + name(handle.type()) + ", and the command is about a "
                            + name(expected.type()) + "."));
        }
        return found;
    }

    /**
     * Why a command must not act on what it names: {@code PERMISSION} with the boundary it breaks, or {@code NOT_FOUND} if
     * the channel keeps nothing of that identifier.
     */
    public Optional<Problem> refusal(Reference presented, Expectation expected) {
        Optional<Problem> forbidden = forbidden(presented, expected);
        return forbidden.isEmpty() && expected.registered() == null
                ? Optional.of(unknown(presented, expected))
                : forbidden;
    }

    /** As {@link #refusal}, for commands to which a thing that is gone is an ordinary answer. */
    public Optional<Problem> forbidden(Reference presented, Expectation expected) {
        return check(presented, expected).stream()
                .filter(violation -> violation.severity() == Severity.CRITICAL)
                .findFirst()
                .map(violation -> permission(violation, expected));
    }

    private void checkOrigin(Handle handle, Expectation expected, List<BoundaryViolation> found) {
        if (!seals.isGenuine(handle)) {
            found.add(critical(
                    SecurityBoundary.AUTHENTICITY,
                    "The seal of the handle does not fit its other parts; no channel of this cluster made it."));
        }
        if (!handle.channel().equals(expected.channel())) {
            found.add(critical(
                    SecurityBoundary.OWNERSHIP,
                    "The handle belongs to channel '" + handle.channel() + "', and channel '" + expected.channel()
                            + "' was asked."));
        } else if (handle.type() == expected.type()) {
            checkLife(handle, expected, found);
        }
    }

    /** A handle of another life of the channel names the node of that life, so the node says nothing more then. */
    private static void checkLife(Handle handle, Expectation expected, List<BoundaryViolation> found) {
        Handle registered = expected.registered();
        long incarnation = registered != null ? registered.incarnation() : lifeOfTheUnregistered(handle, expected);
        if (handle.incarnation() != incarnation) {
            found.add(critical(
                    SecurityBoundary.INCARNATION,
                    "The handle was made in life " + handle.incarnation() + " of the channel, and life " + incarnation
                            + " is meant."));
        } else if (registered != null && !handle.node().equals(registered.node())) {
            found.add(critical(
                    SecurityBoundary.NODE,
                    "The handle names node '" + handle.node() + "', and what it names came into being on node '"
                            + registered.node() + "'."));
        }
    }

    /**
     * A thread of an earlier life is of interest to nobody. A lease outlasts the life it was granted in, and that a resource
     * is back is asked after it, too; one of an earlier life has merely ended. A cleanup task outlasts every life until it
     * is removed.
     */
    private static long lifeOfTheUnregistered(Handle handle, Expectation expected) {
        return switch (expected.type()) {
            case THREAD -> expected.incarnation();
            case LEASE, RESOURCE, CLEANUP -> Math.min(handle.incarnation(), expected.incarnation());
        };
    }

    private static void checkThing(Expectation expected, List<BoundaryViolation> found) {
        JobKind kind = expected.kind();
        if (kind != null && !expected.allowedKinds().contains(kind)) {
            found.add(warning(
                    SecurityBoundary.JOB_KIND,
                    "The channel does not allow work of kind '" + kind.wireName() + "', which runs under it."));
        }
        Expectation.Quota quota = expected.quota();
        if (quota.used() > quota.max()) {
            found.add(warning(
                    SecurityBoundary.QUOTA,
                    "The channel has " + quota.used() + " " + name(expected.type()) + "s, and " + quota.max()
                            + " are allowed."));
        }
        if (!expected.foreignReferences().isEmpty()) {
            found.add(critical(
                    SecurityBoundary.FOREIGN_REFERENCE,
                    "It holds what belongs to another channel: " + String.join(", ", expected.foreignReferences())
                            + "."));
        }
    }

    private static BoundaryViolation critical(SecurityBoundary boundary, String detail) {
        return new BoundaryViolation(boundary, Severity.CRITICAL, detail);
    }

    private static BoundaryViolation warning(SecurityBoundary boundary, String detail) {
        return new BoundaryViolation(boundary, Severity.WARNING, detail);
    }

    private static Problem permission(BoundaryViolation violation, Expectation expected) {
        return Problem.of(
                ErrorCode.PERMISSION,
                component(expected.type()),
                "The boundary " + violation.boundary() + " does not hold, so nothing was done. " + violation.detail()
                        + " Use the handle that channel '" + expected.channel() + "' gave out.",
                Map.of("boundary", violation.boundary().name()));
    }

    /** Says the same of an identifier that never was and of one in another channel. */
    private static Problem unknown(Reference presented, Expectation expected) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                component(expected.type()),
                "The channel '" + expected.channel() + "' has no " + name(expected.type()) + " '" + presented.id()
                        + "'. It may have ended, or belong to another channel.");
    }

    private static String component(HandleType type) {
        return switch (type) {
            case THREAD -> "ThreadManager";
            case LEASE -> "LockManager";
            case RESOURCE -> "ResourceManager";
            case CLEANUP -> "CleanupManager";
        };
    }

    private static String name(HandleType type) {
        return switch (type) {
            case THREAD -> "thread";
            case LEASE -> "lease";
            case RESOURCE -> "resource";
            case CLEANUP -> "cleanup task";
        };
    }
}
