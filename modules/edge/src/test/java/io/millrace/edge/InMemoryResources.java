package io.millrace.edge;

import io.millrace.channel.ChannelResources;
import io.millrace.channel.Channels;
import io.millrace.channel.handle.BoundaryGuard;
import io.millrace.channel.handle.Expectation;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.resource.CleanupCheck;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceLimit;
import io.millrace.contracts.resource.ResourceMetrics;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceUsage;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.contracts.work.JobKind;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Resources as the edge sees them, held in memory. A channel may hold {@value #BUFFERS_MAX} buffers of each tier and {@value
 * #AMOUNT_MAX} of everything else. Nothing takes time: a wait ends when there is enough, or when a test says so.
 */
public final class InMemoryResources implements ChannelResources {
    public static final int BUFFERS_MAX = 2;
    public static final long AMOUNT_MAX = 1_000_000;
    public static final long NODE_AMOUNT_MAX = 5_000_000;

    private static final String NODE = "millrace@127.0.0.1:25520";
    private static final String COMPONENT = "ResourceManager";

    private final Consumer<ChannelName> requireExisting;
    private final BoundaryGuard guard = new BoundaryGuard(InMemoryLocks.SEALS);
    private final Map<ChannelName, TreeMap<String, Entry>> entries = new HashMap<>();
    private final Map<String, Remembered> keys = new HashMap<>();
    private final List<AllocationRequest> requests = new ArrayList<>();
    private final List<IsolationReport.Breach> breaches = new ArrayList<>();
    private final CompletableFuture<String> firstWaiter = new CompletableFuture<>();
    private int nextId = 1;

    private record Remembered(String bodyHash, String resource) {}

    /** A resource, with what is not shown of it. */
    private static final class Entry {
        ResourceView view;
        final CompletableFuture<Allocation> granted = new CompletableFuture<>();
        byte @Nullable [] content;
        long uses;
        long bytesWritten;
        long bytesRead;

        Entry(ResourceView view) {
            this.view = view;
        }

        boolean isHeld() {
            return switch (view.state()) {
                case GRANTED, IN_USE, RELEASING -> true;
                case REQUESTED, RELEASED -> false;
            };
        }
    }

    InMemoryResources(Consumer<ChannelName> requireExisting) {
        this.requireExisting = requireExisting;
    }

    /** Wishes as they were asked for, in that order. */
    public synchronized List<AllocationRequest> requests() {
        return List.copyOf(requests);
    }

    /** Completes with the identifier of the first wish that has to wait. */
    public CompletableFuture<String> waiter() {
        return firstWaiter.copy();
    }

    /** Something that does not belong to the channel; found by the next check. */
    public synchronized void plant(IsolationReport.Breach breach) {
        breaches.add(breach);
    }

    /** The resource is given up and not yet back. */
    public synchronized void stage(ChannelName channel, String id) {
        enter(ResourceState.RELEASING, existing(channel, id));
    }

    /** The time of all who wait is up. */
    public synchronized void endWaits(ChannelName channel) {
        waiting(channel).forEach(entry -> {
            enter(ResourceState.RELEASED, entry);
            entry.granted.completeExceptionally(Problem.of(
                            ErrorCode.TIMEOUT, COMPONENT, "There was not enough in time. Wait longer, or ask for less.")
                    .asException());
        });
    }

    @Override
    public synchronized CompletionStage<Allocation> allocate(
            ChannelName channel, Owner owner, AllocationRequest request, Channels.@Nullable IdempotencyKey key) {
        return answer(channel, () -> {
                    Remembered remembered = key == null ? null : keys.get(key.key());
                    if (key != null && remembered != null) {
                        requireSameBody(key, remembered);
                        return CompletableFuture.completedFuture(
                                new Allocation(existing(channel, remembered.resource).view, true));
                    }
                    requests.add(request);
                    Entry entry = wish(channel, owner, request);
                    if (key != null) {
                        keys.put(
                                key.key(),
                                new Remembered(
                                        key.bodyHash(), entry.view.handle().id()));
                    }
                    return entry.granted;
                })
                .thenCompose(granted -> granted);
    }

    @Override
    public synchronized CompletionStage<Boolean> release(ChannelName channel, Reference resource) {
        return answer(channel, () -> {
            Entry entry = all(channel).get(resource.id());
            requirePermitted(channel, resource, entry);
            if (entry == null || !entry.isHeld()) {
                giveUp(channel, entry);
                return false;
            }
            entry.view = released(entry.view);
            waiting(channel)
                    .filter(waiter -> fits(channel, waiter.view))
                    .findFirst()
                    .ifPresent(this::grant);
            return true;
        });
    }

    @Override
    public synchronized CompletionStage<List<ResourceView>> list(ChannelName channel) {
        return answer(
                channel,
                () -> all(channel).descendingMap().values().stream()
                        .map(entry -> entry.view)
                        .toList());
    }

    @Override
    public synchronized CompletionStage<ResourceView> show(ChannelName channel, Reference resource) {
        return answer(channel, () -> permitted(channel, resource).view);
    }

    @Override
    public synchronized CompletionStage<ResourceUsage> usage(ChannelName channel, Reference resource) {
        return answer(channel, () -> {
            Entry entry = permitted(channel, resource);
            return new ResourceUsage(
                    Duration.ofNanos(1_250_000),
                    Duration.ofSeconds(2),
                    entry.uses,
                    entry.bytesWritten,
                    entry.bytesRead,
                    entry.content == null ? 0 : entry.content.length,
                    entry.uses == 0 ? null : now());
        });
    }

    @Override
    public synchronized CompletionStage<CleanupCheck> verifyCleanup(ChannelName channel, Reference resource) {
        return answer(channel, () -> {
            Entry entry = all(channel).get(resource.id());
            requirePermitted(channel, resource, entry);
            if (entry == null && resource.handle() != null) {
                return new CleanupCheck(true, ResourceState.RELEASED, "It ended with an earlier life of the channel.");
            }
            ResourceState state = existing(channel, resource.id()).view.state();
            boolean isBack = state == ResourceState.RELEASED;
            return new CleanupCheck(isBack, state, isBack ? "It is back." : "It is still charged to its owner.");
        });
    }

    @Override
    public synchronized CompletionStage<ValidationReport> validate(ChannelName channel, Reference resource) {
        return answer(channel, () -> {
            Entry entry = existing(channel, resource.id());
            return new ValidationReport(resource.id(), now(), guard.check(resource, expected(channel, entry)));
        });
    }

    @Override
    public synchronized CompletionStage<IsolationReport> verifyIsolation(ChannelName channel) {
        return answer(
                channel,
                () -> new IsolationReport(
                        channel, now(), all(channel).size() + breaches.size(), List.copyOf(breaches)));
    }

    @Override
    public synchronized CompletionStage<List<ResourceLimit>> limits(ChannelName channel, Set<ResourceType> types) {
        return answer(
                channel,
                () -> Arrays.stream(ResourceType.values())
                        .filter(types::contains)
                        .map(type -> limit(channel, type))
                        .toList());
    }

    @Override
    public synchronized CompletionStage<List<ResourceMetrics>> metrics(ChannelName channel) {
        return answer(
                channel,
                () -> Arrays.stream(ResourceType.values())
                        .map(type -> new ResourceMetrics(type, totals(channel, type), tierTotals(channel, type)))
                        .toList());
    }

    @Override
    public synchronized CompletionStage<Void> write(ChannelName channel, Reference buffer, byte[] content) {
        return answer(channel, () -> {
            Entry entry = buffer(channel, buffer);
            if (content.length > entry.view.amount()) {
                throw Problem.of(
                                ErrorCode.INVALID_ARGUMENT,
                                COMPONENT,
                                "The content has " + content.length + " bytes, and the buffer has "
                                        + entry.view.amount() + ". Send less, or allocate a larger buffer.",
                                Map.of("limit", entry.view.amount()))
                        .asException();
            }
            entry.content = content.clone();
            entry.bytesWritten += content.length;
            used(entry);
            return null;
        });
    }

    @Override
    public synchronized CompletionStage<byte[]> read(ChannelName channel, Reference buffer) {
        return answer(channel, () -> {
            Entry entry = buffer(channel, buffer);
            byte[] content = entry.content == null ? new byte[(int) entry.view.requested()] : entry.content;
            entry.bytesRead += content.length;
            used(entry);
            return content;
        });
    }

    private Entry wish(ChannelName channel, Owner owner, AllocationRequest request) {
        BufferTier tier = request.type() == ResourceType.BUFFER
                ? BufferTier.of(request.size()).orElseThrow(() -> tooMuch(channel, request))
                : null;
        Instant now = now();
        String id = new JobId(now.toEpochMilli() << 16, nextId++).toString();
        Entry entry = new Entry(new ResourceView(
                InMemoryLocks.SEALS.seal(HandleType.RESOURCE, id, channel, 1, NODE),
                request.type(),
                tier == null ? request.size() : tier.bytes(),
                request.size(),
                tier,
                ResourceState.REQUESTED,
                owner,
                null,
                request.ttl() == null ? null : now.plus(request.ttl()),
                null,
                null,
                List.of(new ResourceView.Step(ResourceState.REQUESTED, now))));
        if (fits(channel, entry.view)) {
            grant(entry);
        } else if (request.timeout() == null || request.timeout().isZero()) {
            throw tooMuch(channel, request);
        } else {
            firstWaiter.complete(id);
        }
        all(channel).put(id, entry);
        return entry;
    }

    private void grant(Entry entry) {
        enter(ResourceState.GRANTED, entry);
        entry.granted.complete(new Allocation(entry.view, false));
    }

    private boolean fits(ChannelName channel, ResourceView wish) {
        return wish.tier() == null
                ? held(channel, wish.type(), null) + wish.amount() <= AMOUNT_MAX
                : held(channel, wish.type(), wish.tier()) < BUFFERS_MAX;
    }

    /** Buffers of a tier, or the amount of a type. */
    private long held(ChannelName channel, ResourceType type, @Nullable BufferTier tier) {
        return all(channel).values().stream()
                .filter(entry -> entry.isHeld() && entry.view.type() == type)
                .filter(entry -> tier == null || entry.view.tier() == tier)
                .mapToLong(entry -> tier == null ? entry.view.amount() : 1)
                .sum();
    }

    /** Ends a wish that waits, if it is one. */
    private void giveUp(ChannelName channel, @Nullable Entry entry) {
        if (entry != null && entry.view.state() == ResourceState.REQUESTED) {
            all(channel).remove(entry.view.handle().id());
            entry.granted.completeExceptionally(Problem.of(
                            ErrorCode.INVALID_STATE, COMPONENT, "The request was given up. Ask again if it is needed.")
                    .asException());
        }
    }

    private Stream<Entry> waiting(ChannelName channel) {
        return all(channel).values().stream().filter(entry -> entry.view.state() == ResourceState.REQUESTED);
    }

    private RuntimeException tooMuch(ChannelName channel, AllocationRequest request) {
        String type = request.type().wireName();
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "There is not so much of resource '" + type + "' left. Ask for less, or wait for it.",
                        Map.of(
                                "type", type,
                                "requested", request.size(),
                                "limit", limit(channel, request.type()).limit(),
                                "inUse", held(channel, request.type(), null)))
                .asException();
    }

    private ResourceLimit limit(ChannelName channel, ResourceType type) {
        Map<BufferTier, Integer> tiers = new EnumMap<>(BufferTier.class);
        long limit = AMOUNT_MAX;
        if (type == ResourceType.BUFFER) {
            limit = 0;
            for (BufferTier tier : BufferTier.values()) {
                tiers.put(tier, BUFFERS_MAX);
                limit += (long) BUFFERS_MAX * tier.bytes();
            }
        }
        return new ResourceLimit(type, limit, NODE_AMOUNT_MAX, held(channel, type, null), tiers);
    }

    private ResourceMetrics.Totals totals(ChannelName channel, ResourceType type) {
        return totals(limit(channel, type).limit(), held(channel, type, null));
    }

    private Map<BufferTier, ResourceMetrics.Totals> tierTotals(ChannelName channel, ResourceType type) {
        Map<BufferTier, ResourceMetrics.Totals> tiers = new EnumMap<>(BufferTier.class);
        if (type == ResourceType.BUFFER) {
            for (BufferTier tier : BufferTier.values()) {
                tiers.put(tier, totals(BUFFERS_MAX, held(channel, type, tier)));
            }
        }
        return tiers;
    }

    private static ResourceMetrics.Totals totals(long limit, long inUse) {
        return new ResourceMetrics.Totals(limit, limit - inUse, inUse, inUse, 3, 7, 5, 1, 0.5, 0, 0.25);
    }

    private Entry buffer(ChannelName channel, Reference resource) {
        Entry entry = permitted(channel, resource);
        if (entry.view.type() != ResourceType.BUFFER || !entry.isHeld()) {
            throw Problem.of(
                            ErrorCode.INVALID_STATE,
                            COMPONENT,
                            "Only a buffer that is held has content. Allocate one of type buffer.")
                    .asException();
        }
        return entry;
    }

    private static void used(Entry entry) {
        entry.uses++;
        if (entry.view.state() == ResourceState.GRANTED) {
            enter(ResourceState.IN_USE, entry);
        }
    }

    private Entry permitted(ChannelName channel, Reference resource) {
        Entry entry = all(channel).get(resource.id());
        guard.refusal(resource, expected(channel, entry)).ifPresent(problem -> {
            throw problem.asException();
        });
        return existing(channel, resource.id());
    }

    private void requirePermitted(ChannelName channel, Reference resource, @Nullable Entry entry) {
        guard.forbidden(resource, expected(channel, entry)).ifPresent(problem -> {
            throw problem.asException();
        });
    }

    private Expectation expected(ChannelName channel, @Nullable Entry entry) {
        Handle registered = entry == null ? null : entry.view.handle();
        return new Expectation(
                HandleType.RESOURCE,
                channel,
                1,
                registered,
                null,
                EnumSet.allOf(JobKind.class),
                new Expectation.Quota(0, BUFFERS_MAX),
                List.of());
    }

    private Entry existing(ChannelName channel, String id) {
        Entry entry = all(channel).get(id);
        if (entry == null) {
            throw Problem.of(ErrorCode.NOT_FOUND, COMPONENT, "There is no resource '" + id + "'.")
                    .asException();
        }
        return entry;
    }

    private static void requireSameBody(Channels.IdempotencyKey key, Remembered remembered) {
        if (!key.bodyHash().equals(remembered.bodyHash)) {
            throw Problem.invalid(
                            COMPONENT,
                            "The idempotency key was used with another request body.",
                            List.of(new Violation("Idempotency-Key", "was used with another body")))
                    .asException();
        }
    }

    private static void enter(ResourceState state, Entry entry) {
        ResourceView view = entry.view;
        Instant acquired = state == ResourceState.GRANTED ? now() : view.acquired();
        entry.view = changed(view, state, acquired, view.released(), view.reason());
    }

    private static ResourceView released(ResourceView view) {
        return changed(view, ResourceState.RELEASED, view.acquired(), now(), ReleaseReason.RELEASED);
    }

    private static ResourceView changed(
            ResourceView view,
            ResourceState state,
            @Nullable Instant acquired,
            @Nullable Instant released,
            @Nullable ReleaseReason reason) {
        List<ResourceView.Step> history = new ArrayList<>(view.history());
        history.add(new ResourceView.Step(state, now()));
        return new ResourceView(
                view.handle(),
                view.type(),
                view.amount(),
                view.requested(),
                view.tier(),
                state,
                view.owner(),
                acquired,
                view.expiresAt(),
                released,
                reason,
                history);
    }

    private TreeMap<String, Entry> all(ChannelName channel) {
        return entries.computeIfAbsent(channel, _ -> new TreeMap<>());
    }

    private <T> CompletionStage<T> answer(ChannelName channel, Supplier<T> answer) {
        try {
            requireExisting.accept(channel);
            return CompletableFuture.completedFuture(answer.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
