package io.millrace.edge;

import io.millrace.channel.ChannelLocks;
import io.millrace.channel.handle.BoundaryGuard;
import io.millrace.channel.handle.Expectation;
import io.millrace.channel.handle.HandleSeals;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.lock.HierarchyReport;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockGraph;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.contracts.lock.LockView;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockDecision;
import io.millrace.domain.lock.LockOutcome;
import io.millrace.domain.lock.LockTable;
import io.millrace.domain.lock.LockWish;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Locks as the edge sees them: the real lock table, without a channel that stores what it decides. */
public final class InMemoryLocks implements ChannelLocks {
    private static final String NODE = "millrace@127.0.0.1:25520";

    /** Seals of this fixture; a test can seal handles that the channel never gave out. */
    public static final HandleSeals SEALS = new HandleSeals(new byte[32]);

    private final Consumer<ChannelName> requireExisting;
    private final BoundaryGuard guard = new BoundaryGuard(SEALS);
    private final Map<ChannelName, LockTable> tables = new HashMap<>();
    private final Map<Long, CompletableFuture<LockAnswer>> waiting = new HashMap<>();
    private final List<LockRequest> requests = new ArrayList<>();
    private long lastWish;

    InMemoryLocks(Consumer<ChannelName> requireExisting) {
        this.requireExisting = requireExisting;
    }

    /** Requests as they were handed over, in that order. */
    public synchronized List<LockRequest> requests() {
        return List.copyOf(requests);
    }

    @Override
    public synchronized CompletionStage<LockAnswer> acquire(
            ChannelName channel, Owner owner, LockRequest request, @Nullable String requestKey) {
        return answer(channel, table -> {
                    requests.add(request);
                    Duration wait = Objects.requireNonNullElse(request.timeout(), Limits.LOCK_WAIT);
                    Duration ttl = Objects.requireNonNullElse(request.ttl(), Limits.LEASE_TTL);
                    var wish = new LockWish(
                            ++lastWish,
                            owner,
                            request.lock(),
                            request.level(),
                            ttl.toMillis(),
                            wait.toNanos(),
                            requestKey);
                    var answer = new CompletableFuture<LockAnswer>();
                    waiting.put(wish.number(), answer);
                    settle(channel, table.acquire(wish, now()));
                    CompletableFuture.delayedExecutor(wait.toNanos(), TimeUnit.NANOSECONDS)
                            .execute(() -> pass(channel));
                    return answer;
                })
                .thenCompose(Function.identity());
    }

    @Override
    public synchronized CompletionStage<Lease> renew(ChannelName channel, LockName lock, Handle handle) {
        return answer(channel, table -> {
            HeldLease held = held(channel, table, lock, handle);
            if (held == null || !table.renew(lock, held.token(), now())) {
                throw Problem.of(ErrorCode.CONCURRENCY, "LockManager", "The lease has ended; acquire the lock again.")
                        .asException();
            }
            return lease(channel, table, held);
        });
    }

    @Override
    public synchronized CompletionStage<Boolean> release(ChannelName channel, LockName lock, Handle handle) {
        return answer(channel, table -> {
            HeldLease held = held(channel, table, lock, handle);
            if (held != null) {
                settle(channel, table.release(lock, held.token(), now()));
            }
            return held != null;
        });
    }

    @Override
    public synchronized CompletionStage<List<LockView>> list(ChannelName channel) {
        return answer(channel, table -> table.views(now()));
    }

    @Override
    public synchronized CompletionStage<LockView> show(ChannelName channel, LockName lock) {
        return answer(channel, table -> table.view(lock, now()));
    }

    @Override
    public synchronized CompletionStage<LockGraph> graph(ChannelName channel) {
        return answer(channel, LockTable::graph);
    }

    @Override
    public synchronized CompletionStage<HierarchyReport> verifyHierarchy(ChannelName channel) {
        return answer(channel, LockTable::hierarchy);
    }

    private synchronized void pass(ChannelName channel) {
        settle(channel, table(channel).pass(now()));
    }

    private void settle(ChannelName channel, LockDecision decision) {
        for (LockOutcome outcome : decision.outcomes()) {
            CompletableFuture<LockAnswer> answer = Objects.requireNonNull(waiting.remove(outcome.wish()));
            switch (outcome) {
                case LockOutcome.Granted granted ->
                    answer.complete(new LockAnswer.Granted(
                            lease(channel, table(channel), granted.lease()), granted.warnings()));
                case LockOutcome.Refused refused ->
                    answer.completeExceptionally(refused.problem().asException());
                case LockOutcome.TimedOut timedOut -> answer.complete(notGranted(timedOut.holder()));
            }
        }
    }

    private static LockAnswer notGranted(@Nullable HeldLease holder) {
        Objects.requireNonNull(holder);
        return new LockAnswer.NotGranted(holder.lock(), holder.owner(), Instant.ofEpochMilli(holder.grantedAtMillis()));
    }

    /** The lease that a handle names if it is held; a handle that is not genuine is refused. */
    private @Nullable HeldLease held(ChannelName channel, LockTable table, LockName lock, Handle handle) {
        HeldLease current = table.held(lock);
        HeldLease held = current != null && id(current).equals(handle.id()) ? current : null;
        var expected = new Expectation(
                HandleType.LEASE,
                channel,
                1,
                held == null ? null : handle(channel, held),
                null,
                Set.of(),
                new Expectation.Quota(table.leases(), Limits.LEASES_MAX),
                List.of());
        guard.forbidden(Reference.to(handle), expected).ifPresent(problem -> {
            throw problem.asException();
        });
        return held;
    }

    private static Lease lease(ChannelName channel, LockTable table, HeldLease held) {
        Instant expiresAt = table.expiresAt(held.lock(), now());
        return new Lease(handle(channel, held), held.lock(), held.owner(), held.token(), expiresAt);
    }

    private static Handle handle(ChannelName channel, HeldLease held) {
        return SEALS.seal(HandleType.LEASE, id(held), channel, held.incarnation(), held.node());
    }

    private static String id(HeldLease held) {
        return held.lock() + "-" + held.token();
    }

    private <T> CompletionStage<T> answer(ChannelName channel, Function<LockTable, T> answer) {
        try {
            requireExisting.accept(channel);
            return CompletableFuture.completedFuture(answer.apply(table(channel)));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private LockTable table(ChannelName channel) {
        return tables.computeIfAbsent(channel, _ -> new LockTable(1, NODE, 0, List.of(), now()));
    }

    private static Moment now() {
        return new Moment(System.nanoTime(), System.currentTimeMillis());
    }
}
