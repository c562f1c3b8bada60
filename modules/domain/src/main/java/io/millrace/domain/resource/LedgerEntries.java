package io.millrace.domain.resource;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The resources of a ledger: those that are held, waited for or on their way back, and the last
 * {@link Limits#RESOURCES_RELEASED_MAX} that are back.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LedgerEntries {
    private final Map<String, LedgerEntry> live = new LinkedHashMap<>();
    private final Map<Owner, Set<String>> byOwner = new HashMap<>();
    /** Owners among them that are attempts. */
    private final Set<Owner> attempts = new LinkedHashSet<>();

    private final Map<String, LedgerEntry> ended = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, LedgerEntry> eldest) {
            return size() > Limits.RESOURCES_RELEASED_MAX;
        }
    };

    void add(LedgerEntry entry) {
        live.put(entry.id(), entry);
        byOwner.computeIfAbsent(entry.owner, _ -> new LinkedHashSet<>()).add(entry.id());
        if (entry.owner.isAttempt()) {
            attempts.add(entry.owner);
        }
    }

    /** As if it had never been there. */
    void remove(LedgerEntry entry) {
        live.remove(entry.id());
        Set<String> ofOwner = byOwner.get(entry.owner);
        if (ofOwner != null) {
            ofOwner.remove(entry.id());
            if (ofOwner.isEmpty()) {
                byOwner.remove(entry.owner);
                attempts.remove(entry.owner);
            }
        }
    }

    /** It is back. */
    void ended(LedgerEntry entry) {
        remove(entry);
        ended.put(entry.id(), entry);
    }

    /** Held, waited for or on its way back. */
    @Nullable LedgerEntry live(String id) {
        return live.get(id);
    }

    /** A live one, or one that is back. */
    @Nullable LedgerEntry find(String id) {
        LedgerEntry entry = live.get(id);
        return entry == null ? ended.get(id) : entry;
    }

    /** In the order in which they were wished for. A view. */
    Collection<LedgerEntry> live() {
        return live.values();
    }

    /** Those live ones for which a condition holds, in the order in which they were wished for. */
    List<LedgerEntry> live(Predicate<LedgerEntry> condition) {
        return live.values().stream().filter(condition).toList();
    }

    List<LedgerEntry> of(Owner owner) {
        return byOwner.getOrDefault(owner, Set.of()).stream()
                .map(live::get)
                .filter(Objects::nonNull)
                .toList();
    }

    /** Attempts that hold something, wait for it or have not given all of it back. A view. */
    Set<Owner> attempts() {
        return Collections.unmodifiableSet(attempts);
    }

    /** Newest first: live ones, then those that are back. */
    List<ResourceView> all() {
        List<ResourceView> views = new ArrayList<>(live.size() + ended.size());
        Stream.concat(ended.values().stream(), live.values().stream()).forEach(entry -> views.add(entry.view()));
        return views.reversed();
    }

    /** Who holds most of what an account counts. */
    Holders holders(ResourceAccount account) {
        Map<Owner, Long> amounts = new HashMap<>();
        for (LedgerEntry entry : live.values()) {
            if (entry.account == account && entry.state() != ResourceState.REQUESTED) {
                amounts.merge(entry.owner, entry.amount(), Long::sum);
            }
        }
        return amounts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(most -> new Holders(most.getKey(), most.getValue() * account.unit()))
                .orElse(Holders.NOBODY);
    }

    int size() {
        return live.size();
    }
}
