package io.millrace.domain.lock;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Why a wish for a lock is not granted: what was wanted, what is held, by whom, in which order, and what to do next. */
final class LockRefusals {
    private static final String COMPONENT = "LockManager";

    private LockRefusals() {}

    /**
     * @param level of the lock that is wanted
     * @param held the lock of the highest level that the owner holds
     * @param holder who has the wanted lock, absent if it is free
     */
    static Problem outOfOrder(
            Owner owner, LockName wanted, int level, HeldLease held, int heldLevel, @Nullable Owner holder) {
        return Problem.of(
                ErrorCode.CONCURRENCY,
                COMPONENT,
                "'" + owner + "' asked for lock '" + wanted + "' of level " + level + " (" + holder(holder)
                        + ") while it holds lock '" + held.lock() + "' of level " + heldLevel
                        + ". Locks are taken in rising levels, '" + wanted + "' before '" + held.lock()
                        + "', so it was refused at once. Release '" + held.lock() + "' and take '" + wanted
                        + "' first.",
                Map.of(
                        "lock",
                        wanted.value(),
                        "level",
                        level,
                        "heldLock",
                        held.lock().value(),
                        "heldLevel",
                        heldLevel,
                        "owner",
                        owner.name(),
                        "holder",
                        holder == null ? "" : holder.name()));
    }

    /** @param circle who waits for whom, beginning and ending with the owner of the wish */
    static Problem circle(List<LockGraph.Wait> circle, List<LockGraph.Order> order) {
        LockGraph.Wait wanted = circle.getFirst();
        LockGraph.Wait closing = circle.getLast();
        String chain = circle.stream()
                .map(wait -> "'" + wait.waiter() + "' wants '" + wait.lock() + "', which '" + wait.holder()
                        + "' has or gets first")
                .collect(Collectors.joining("; "));
        return Problem.of(
                ErrorCode.CONCURRENCY,
                COMPONENT,
                "Waiting for lock '" + wanted.lock() + "' would never end: " + chain + ". " + learnt(order)
                        + "The youngest request of the circle is refused. Release lock '" + closing.lock()
                        + "' and take both in one order everywhere.",
                Map.of(
                        "lock", wanted.lock().value(),
                        "holder", wanted.holder().name(),
                        "heldLock", closing.lock().value(),
                        "waiter", closing.waiter().name(),
                        "owner", wanted.waiter().name()));
    }

    private static String learnt(List<LockGraph.Order> order) {
        return order.isEmpty() ? "" : "The order observed so far is " + inWords(order) + ". ";
    }

    /** What is told, not refused: the other order is known. */
    static String inverted(Owner owner, LockName second, HeldLease held, List<LockGraph.Order> order) {
        return "'" + owner + "' took lock '" + second + "' while it holds '" + held.lock()
                + "', and the order observed so far is " + inWords(order)
                + ". Two owners that take them in different orders can wait for each other; take them in one order"
                + " everywhere, or declare levels.";
    }

    private static String inWords(List<LockGraph.Order> order) {
        return order.stream()
                .map(pair -> "'" + pair.first() + "' before '" + pair.second() + "' (first by '" + pair.owner() + "')")
                .collect(Collectors.joining(", "));
    }

    static Problem alreadyHeld(Owner owner, LockName lock) {
        return Problem.of(
                ErrorCode.CONCURRENCY,
                COMPONENT,
                "'" + owner + "' holds lock '" + lock
                        + "' already. Renew its lease instead, or let every user of the lock"
                        + " have a name of its own.",
                Map.of("lock", lock.value(), "owner", owner.name()));
    }

    static Problem alreadyWaiting(Owner owner, LockName lock) {
        return Problem.of(
                ErrorCode.CONCURRENCY,
                COMPONENT,
                "'" + owner + "' waits for lock '" + lock + "' already. Let every user of the lock have a name of its"
                        + " own.",
                Map.of("lock", lock.value(), "owner", owner.name()));
    }

    /** An earlier wish, when the same one was sent again and took its place. */
    static Problem askedAgain(LockName lock) {
        return Problem.of(
                ErrorCode.CONCURRENCY,
                COMPONENT,
                "The same request for lock '" + lock + "' was sent again and took the place of this one.");
    }

    static Problem otherLevel(LockName lock, int level, int declared) {
        return Problem.of(
                ErrorCode.INVALID_ARGUMENT,
                COMPONENT,
                "Lock '" + lock + "' is in use with level " + declared + ", and the request says " + level
                        + ". A lock has one level; use the same everywhere.",
                Map.of("lock", lock.value(), "level", level, "declaredLevel", declared));
    }

    static Problem tooManyLeases() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "The channel has " + Limits.LEASES_MAX + " leases, which is the limit. Release some first.",
                        Map.of("limit", Limits.LEASES_MAX))
                .retryAfter(Duration.ofSeconds(1));
    }

    static Problem tooManyWaiters() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        Limits.LOCK_WAITERS_MAX
                                + " requests wait for locks of this channel, which is the limit. Try again" + " later.",
                        Map.of("limit", Limits.LOCK_WAITERS_MAX))
                .retryAfter(Duration.ofSeconds(1));
    }

    static Problem beingCleanedUp(LockName lock) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The channel is being cleaned up and grants no locks, so '" + lock
                        + "' was not granted. Ask again when the cleanup has ended; the channel's conditions say so"
                        + " if it needs to be executed again or rolled back.",
                Map.of("lock", lock.value()));
    }

    static Problem ownerEnded(Owner owner) {
        return Problem.of(ErrorCode.INVALID_STATE, COMPONENT, "'" + owner + "' has ended and takes no further locks.");
    }

    private static String holder(@Nullable Owner holder) {
        return holder == null ? "free" : "held by '" + holder + "'";
    }
}
