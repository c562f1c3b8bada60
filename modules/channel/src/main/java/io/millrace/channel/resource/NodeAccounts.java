package io.millrace.channel.resource;

import io.millrace.channel.resource.buffer.BufferFigures;
import io.millrace.channel.resource.buffer.BufferMemory;
import io.millrace.channel.resource.buffer.BufferPools;
import io.millrace.channel.resource.buffer.PooledBuffer;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.domain.resource.ResourceAccount;
import io.millrace.domain.resource.ResourceWish;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the channels of a node hold together, and the memory behind their buffers. A grant is whole or not at all. No
 * messages and no clock.
 *
 * @param <H> who holds something
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class NodeAccounts<H> {
    private final NodeLimits limits;
    private final BufferPools pools;
    private final Map<ResourceType, Long> inUse = new EnumMap<>(ResourceType.class);
    private final Map<H, Map<String, Item>> held = new HashMap<>();
    /** Who holds a buffer, by its address, so that a check of many buffers takes no longer for each. */
    private final Map<Long, Map.Entry<H, String>> owners = new HashMap<>();

    private final Map<String, Returning<H>> returning = new HashMap<>();

    NodeAccounts(NodeLimits limits, BufferPools pools) {
        this.limits = limits;
        this.pools = pools;
    }

    /**
     * One resource that is charged.
     *
     * @param amount as users count it
     * @param buffer absent unless it is one
     */
    record Item(ResourceType type, long amount, @Nullable PooledBuffer buffer) {}

    /** A buffer that somebody still accessed when it was given back. */
    private record Returning<H>(H holder, Item item) {}

    /** What of a wish was granted, and which of its buffers had been used before. */
    record Grant(Map<String, BufferMemory> buffers, List<String> reused) {}

    /** What a wish is charged, by type, as users count it. */
    static Map<ResourceType, Long> amounts(ResourceWish wish) {
        Map<ResourceType, Long> amounts = new EnumMap<>(ResourceType.class);
        for (ResourceWish.Part part : wish.parts()) {
            amounts.merge(part.type(), charged(part), Math::addExact);
        }
        return amounts;
    }

    private static long charged(ResourceWish.Part part) {
        ResourceAccount account = ResourceAccount.of(part.type(), part.size())
                .orElseThrow(() -> new IllegalArgumentException("no buffer has " + part.size() + " bytes"));
        return account.amount(part.size()) * account.unit();
    }

    boolean canEverFit(ResourceType type, long amount) {
        return amount <= limits.of(type);
    }

    boolean fits(ResourceType type, long amount) {
        return amount <= limits.of(type) - inUse(type);
    }

    long limit(ResourceType type) {
        return limits.of(type);
    }

    long inUse(ResourceType type) {
        return inUse.getOrDefault(type, 0L);
    }

    /**
     * Charges a wish that {@link #fits}, and gets the memory of its buffers.
     *
     * @throws MillraceException {@code RESOURCE_LIMIT} if the system has no memory left; nothing is charged then
     */
    Grant take(H holder, ResourceWish wish) {
        Map<String, Item> items = new HashMap<>();
        Map<String, BufferMemory> buffers = new HashMap<>();
        List<String> reused = new ArrayList<>();
        try {
            for (ResourceWish.Part part : wish.parts()) {
                PooledBuffer buffer = part.type() == ResourceType.BUFFER ? buffer(part) : null;
                items.put(part.id(), new Item(part.type(), charged(part), buffer));
                if (buffer != null) {
                    buffers.put(part.id(), buffer.memory());
                    if (buffer.isReused()) {
                        reused.add(part.id());
                    }
                }
            }
        } catch (MillraceException e) {
            items.values().stream()
                    .flatMap(item -> Optional.ofNullable(item.buffer()).stream())
                    .forEach(pools::giveBack);
            throw e;
        }
        held.computeIfAbsent(holder, _ -> new HashMap<>()).putAll(items);
        items.values().forEach(item -> inUse.merge(item.type(), item.amount(), Long::sum));
        buffers.forEach((id, memory) -> owners.put(memory.address(), Map.entry(holder, id)));
        return new Grant(buffers, reused);
    }

    private PooledBuffer buffer(ResourceWish.Part part) {
        BufferTier tier = BufferTier.of(part.size())
                .orElseThrow(() -> new IllegalArgumentException("no buffer has " + part.size() + " bytes"));
        return pools.take(tier, part.size())
                .orElseThrow(() -> new IllegalStateException("the pools have less than they said"));
    }

    /** Takes resources back and returns those that are back; a buffer that is being accessed comes back later. */
    List<String> giveBack(H holder, Collection<String> ids) {
        Map<String, Item> items = held.getOrDefault(holder, new HashMap<>());
        List<String> back = new ArrayList<>();
        for (String id : ids) {
            Item item = items.remove(id);
            forgetOwner(item);
            if (item == null) {
                if (!returning.containsKey(id)) {
                    back.add(id);
                }
            } else if (item.buffer() == null || pools.giveBack(item.buffer())) {
                inUse.merge(item.type(), -item.amount(), Long::sum);
                back.add(id);
            } else {
                returning.put(id, new Returning<>(holder, item));
            }
        }
        if (items.isEmpty()) {
            held.remove(holder);
        }
        return back;
    }

    private void forgetOwner(@Nullable Item item) {
        if (item != null && item.buffer() != null) {
            owners.remove(item.buffer().memory().address());
        }
    }

    /** Takes back everything of a holder that is gone, and returns how much that was. */
    int reclaim(H holder) {
        List<String> ids = List.copyOf(held.getOrDefault(holder, Map.of()).keySet());
        giveBack(holder, ids);
        return ids.size();
    }

    /** Tries again to take back what was being accessed; returns what is back now, by holder. */
    Map<H, List<String>> retry() {
        Map<H, List<String>> back = new HashMap<>();
        returning.entrySet().removeIf(entry -> {
            Returning<H> late = entry.getValue();
            PooledBuffer buffer = late.item().buffer();
            if (buffer != null && !pools.giveBack(buffer)) {
                return false;
            }
            inUse.merge(late.item().type(), -late.item().amount(), Long::sum);
            back.computeIfAbsent(late.holder(), _ -> new ArrayList<>()).add(entry.getKey());
            return true;
        });
        return back;
    }

    boolean isAnythingReturning() {
        return !returning.isEmpty();
    }

    /** Identifiers of what a holder is charged with, including what it gave up and somebody still accesses. */
    Set<String> chargedTo(H holder) {
        Set<String> charged = new HashSet<>(held.getOrDefault(holder, Map.of()).keySet());
        returning.forEach((id, late) -> {
            if (late.holder().equals(holder)) {
                charged.add(id);
            }
        });
        return charged;
    }

    /** Who was granted the memory at this address, and under which identifier. */
    Optional<Map.Entry<H, String>> ownerOf(long address) {
        return Optional.ofNullable(owners.get(address));
    }

    /** Bytes of buffers that the pools count as not back, beyond those that somebody is charged with. */
    long unaccountedBytes() {
        BufferFigures figures = pools.figures().total();
        return figures.inUseBytes() + figures.returningBytes() - inUse(ResourceType.BUFFER);
    }

    BufferPools pools() {
        return pools;
    }
}
