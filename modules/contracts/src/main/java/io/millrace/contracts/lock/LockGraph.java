package io.millrace.contracts.lock;

import io.millrace.contracts.handle.Owner;
import java.time.Instant;
import java.util.List;

/**
 * Who waits for whom, and in which order locks were taken.
 *
 * @param waits edges of the wait-for graph
 * @param order pairs of locks of which the second was taken while the first was held, as learnt so far
 */
public record LockGraph(List<Wait> waits, List<Order> order) {
    public LockGraph {
        waits = List.copyOf(waits);
        order = List.copyOf(order);
    }

    /** {@code waiter} waits for {@code lock}, which {@code holder} has or gets first. */
    public record Wait(Owner waiter, LockName lock, Owner holder, Instant since) {}

    /** {@code owner} was the first to take {@code second} while it held {@code first}. */
    public record Order(LockName first, LockName second, Owner owner, Instant at) {}
}
