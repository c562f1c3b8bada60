package io.millrace.domain.resource;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceUsage;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of one channel: who holds how much, and who waits (contract rows ). Pure: time comes
 * in as an argument, and what has to be done comes out as {@link LedgerEffect}s.
 *
 * <p><b>Two limits.</b> A wish is charged to the channel first, whole or not at all; then the node is asked, whose limit is
 * another. Only when both have it is it granted.
 *
 * <p><b>Lines.</b> There is one line per account. A wish that was short of an account once keeps its place in that line:
 * nobody who came later is served from it before. So no wish is passed for ever, and one that waits for memory holds up
 * nobody who needs none.
 *
 * <p><b>Back.</b> What is given up stays charged until the node has it back.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class ResourceLedger {
    private static final Comparator<Timed> EARLIEST_FIRST = Comparator.comparingLong(Timed::nanos)
            .thenComparingLong(Timed::wish)
            .thenComparing(Timed::id);

    private final Books books;
    /** Wishes that are not granted yet, in the order in which they came. */
    private final Map<Long, Waiting> waiting = new LinkedHashMap<>();

    private final Map<String, LedgerEntry> live = new LinkedHashMap<>();
    private final Map<Owner, Set<String>> byOwner = new HashMap<>();
    private final Map<String, LedgerEntry> ended = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, LedgerEntry> eldest) {
            return size() > Limits.RESOURCES_RELEASED_MAX;
        }
    };
    private final TreeSet<Timed> timeline = new TreeSet<>(EARLIEST_FIRST);

    /** @param limits of the channel, in amounts of the accounts */
    public ResourceLedger(Map<ResourceAccount, Long> limits) {
        books = new Books(limits);
    }

    /** Something that ends by itself: a wait by the number of its wish, a grant by the identifier of its resource. */
    private record Timed(long nanos, long wish, String id) {}

    /** A wish that is not granted yet. */
    private static final class Waiting {
        final ResourceWish wish;
        final List<LedgerEntry> entries;
        final long endsNanos;
        /** Accounts it was short of: it has a place in their lines. */
        final Set<ResourceAccount> lines = EnumSet.noneOf(ResourceAccount.class);
        /** True once the channel has charged it and the node was asked. */
        boolean isAtNode;
        /** What the node is short of, once it said so. */
        @Nullable String whyAtNode;

        Waiting(ResourceWish wish, List<LedgerEntry> entries, long endsNanos) {
            this.wish = wish;
            this.entries = entries;
            this.endsNanos = endsNanos;
        }
    }

    // Wishes

    /** Charges a wish, lets it wait, or refuses it. */
    public List<LedgerEffect> wish(ResourceWish wish, Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        Problem refusal = refusal(wish);
        if (refusal != null) {
            refuse(wish, refusal, effects);
            return effects;
        }
        Waiting candidate = new Waiting(wish, entriesOf(wish, now), endOf(wish, now));
        candidate.lines.addAll(shortOf(candidate, waiting.values()));
        if (candidate.lines.isEmpty()) {
            admit(candidate);
            takeFromNode(candidate, effects);
        } else if (!wish.mayWait()) {
            ResourceAccount account = candidate.lines.iterator().next();
            refuse(wish, ResourceRefusals.notNow(wish, books.account(account), holders(account)), effects);
        } else if (waitingInLine() >= Limits.RESOURCE_WAITERS_MAX) {
            refuse(wish, ResourceRefusals.tooManyWait(wish), effects);
        } else {
            admit(candidate);
            effects.add(new LedgerEffect.Waits(wish.number(), why(candidate)));
        }
        return effects;
    }

    private static long endOf(ResourceWish wish, Moment now) {
        // A wish that may not wait is over with the node's answer, which takes its time.
        boolean endsByTime = wish.mayWait() && wish.waitNanos() != ResourceWish.UNBOUNDED;
        return endsByTime ? now.nanos() + wish.waitNanos() : LedgerEntry.NEVER;
    }

    private @Nullable Problem refusal(ResourceWish wish) {
        for (ResourceWish.Part part : wish.parts()) {
            if (part.size() < 1) {
                return ResourceRefusals.tooSmall(part);
            }
            if (ResourceAccount.of(part.type(), part.size()).isEmpty()) {
                return ResourceRefusals.tooLarge(part);
            }
        }
        if (live.size() + wish.parts().size() > Limits.RESOURCES_MAX) {
            return ResourceRefusals.tooMany(wish, live.size());
        }
        return never(wish);
    }

    private @Nullable Problem never(ResourceWish wish) {
        for (var amount : Books.amounts(wish).entrySet()) {
            Account account = books.account(amount.getKey());
            if (amount.getValue() > account.limit()) {
                return ResourceRefusals.neverInChannel(account, amount.getValue());
            }
        }
        return null;
    }

    private static List<LedgerEntry> entriesOf(ResourceWish wish, Moment now) {
        List<LedgerEntry> entries = new ArrayList<>(wish.parts().size());
        for (ResourceWish.Part part : wish.parts()) {
            entries.add(new LedgerEntry(part, Books.accountOf(part), wish.owner(), now));
        }
        return entries;
    }

    private void admit(Waiting candidate) {
        waiting.put(candidate.wish.number(), candidate);
        for (LedgerEntry entry : candidate.entries) {
            live.put(entry.id(), entry);
            byOwner.computeIfAbsent(entry.owner, _ -> new LinkedHashSet<>()).add(entry.id());
        }
        if (candidate.endsNanos != LedgerEntry.NEVER) {
            timeline.add(timed(candidate));
        }
    }

    private static Timed timed(Waiting candidate) {
        return new Timed(candidate.endsNanos, candidate.wish.number(), "");
    }

    /** Accounts of which there is too little for it, or in whose lines somebody is before it. */
    private Set<ResourceAccount> shortOf(Waiting candidate, Collection<Waiting> before) {
        Set<ResourceAccount> shortOf = EnumSet.noneOf(ResourceAccount.class);
        Books.amounts(candidate.wish).forEach((name, amount) -> {
            if (amount > books.account(name).available()
                    || before.stream().anyMatch(other -> other.lines.contains(name))) {
                shortOf.add(name);
            }
        });
        return shortOf;
    }

    private void takeFromNode(Waiting candidate, List<LedgerEffect> effects) {
        candidate.isAtNode = true;
        candidate.lines.clear();
        candidate.entries.forEach(books::charge);
        effects.add(new LedgerEffect.Take(candidate.wish));
    }

    private void refuse(ResourceWish wish, Problem problem, List<LedgerEffect> effects) {
        books.refused(wish);
        effects.add(new LedgerEffect.Refused(wish.number(), problem));
    }

    // The node's answers

    /**
     * The node has it.
     *
     * @param reused identifiers of those buffers that had been used before
     */
    public List<LedgerEffect> taken(long number, Set<String> reused, Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        Waiting candidate = waiting.remove(number);
        if (candidate == null) {
            // It was given up meanwhile, and what the node took is on its way back by then.
            return effects;
        }
        timeline.remove(timed(candidate));
        for (LedgerEntry entry : candidate.entries) {
            entry.grant(candidate.wish.ttlNanos(), candidate.wish.areInUse(), now);
            books.granted(entry, reused.contains(entry.id()));
            if (entry.expiresNanos() != LedgerEntry.NEVER) {
                timeline.add(new Timed(entry.expiresNanos(), 0, entry.id()));
            }
        }
        effects.add(new LedgerEffect.Granted(number));
        return effects;
    }

    /** The node has too little now, and the wish is in its line. One that may not wait is refused. */
    public List<LedgerEffect> waitsAtNode(long number, String why) {
        List<LedgerEffect> effects = new ArrayList<>();
        Waiting candidate = waiting.get(number);
        if (candidate != null && candidate.wish.mayWait()) {
            candidate.whyAtNode = why;
            effects.add(new LedgerEffect.Waits(number, why));
        } else if (candidate != null) {
            Account account = books.account(candidate.entries.getFirst().account);
            giveUp(candidate, ResourceRefusals.notNowAtNode(candidate.wish, account), effects);
            serve(effects);
        }
        return effects;
    }

    /** The node cannot grant it, now or ever, as the problem says. */
    public List<LedgerEffect> refusedByNode(long number, Problem problem, Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        Waiting candidate = waiting.get(number);
        if (candidate != null) {
            giveUp(candidate, problem, effects);
            serve(effects);
        }
        return effects;
    }

    /** These are back at the node. Those that were back already are left alone. */
    public List<LedgerEffect> returned(Collection<String> resources, Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        for (String id : resources) {
            LedgerEntry entry = live.get(id);
            if (entry != null && entry.state() == ResourceState.RELEASING) {
                books.released(entry);
                entry.endRelease(now);
                forget(entry);
                ended.put(id, entry);
            }
        }
        serve(effects);
        return effects;
    }

    // Giving back

    /** Begins to give a resource back, or gives up the wish it is part of. No effect if there is nothing to give back. */
    public List<LedgerEffect> release(String id, ReleaseReason reason, Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        LedgerEntry entry = live.get(id);
        if (entry != null) {
            giveBack(List.of(entry), reason, now, effects);
        }
        return effects;
    }

    /** Begins to give back all that an owner holds, together, and gives up what it waits for. */
    public List<LedgerEffect> releaseAll(Owner owner, Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        List<LedgerEntry> entries = byOwner.getOrDefault(owner, Set.of()).stream()
                .map(live::get)
                .filter(Objects::nonNull)
                .toList();
        giveBack(entries, ReleaseReason.OWNER_ENDED, now, effects);
        return effects;
    }

    /** Begins to give back all that anybody holds, and gives up what they wait for. */
    public List<LedgerEffect> releaseEverything(Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        giveBack(List.copyOf(live.values()), ReleaseReason.RECLAIMED, now, effects);
        return effects;
    }

    private void giveBack(List<LedgerEntry> entries, ReleaseReason reason, Moment now, List<LedgerEffect> effects) {
        List<String> held = new ArrayList<>();
        for (LedgerEntry entry : entries) {
            if (entry.isHeld()) {
                timeline.remove(new Timed(entry.expiresNanos(), 0, entry.id()));
                entry.beginRelease(reason, now);
                books.releasing(entry);
                held.add(entry.id());
            } else if (entry.state() == ResourceState.REQUESTED) {
                waitingFor(entry).ifPresent(wish -> giveUp(wish, ResourceRefusals.givenUp(), effects));
            }
        }
        if (!held.isEmpty()) {
            effects.add(new LedgerEffect.GiveBack(held));
        }
        serve(effects);
    }

    private Optional<Waiting> waitingFor(LedgerEntry entry) {
        return waiting.values().stream()
                .filter(candidate -> candidate.entries.contains(entry))
                .findFirst();
    }

    /** Ends a wish without a grant. */
    private void giveUp(Waiting candidate, Problem problem, List<LedgerEffect> effects) {
        waiting.remove(candidate.wish.number());
        timeline.remove(timed(candidate));
        if (candidate.isAtNode) {
            candidate.entries.forEach(books::uncharge);
            effects.add(new LedgerEffect.Withdraw(candidate.wish.number()));
        }
        candidate.entries.forEach(this::forget);
        refuse(candidate.wish, problem, effects);
    }

    private void forget(LedgerEntry entry) {
        live.remove(entry.id());
        Set<String> ofOwner = byOwner.get(entry.owner);
        if (ofOwner != null) {
            ofOwner.remove(entry.id());
            if (ofOwner.isEmpty()) {
                byOwner.remove(entry.owner);
            }
        }
    }

    /** Goes through the lines and asks the node for what the channel can grant now. */
    private void serve(List<LedgerEffect> effects) {
        List<Waiting> before = new ArrayList<>();
        for (Waiting candidate : List.copyOf(waiting.values())) {
            if (!candidate.isAtNode) {
                Set<ResourceAccount> shortOf = shortOf(candidate, before);
                if (shortOf.isEmpty()) {
                    takeFromNode(candidate, effects);
                } else {
                    candidate.lines.addAll(shortOf);
                    before.add(candidate);
                }
            }
        }
    }

    // Time and limits

    /** Ends what is due: waits that were too long and grants whose time to live is over. */
    public List<LedgerEffect> elapse(Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        while (!timeline.isEmpty() && timeline.first().nanos() <= now.nanos()) {
            Timed due = timeline.first();
            timeline.remove(due);
            LedgerEntry expired = live.get(due.id());
            Waiting candidate = waiting.get(due.wish());
            if (expired != null) {
                giveBack(List.of(expired), ReleaseReason.EXPIRED, now, effects);
            } else if (candidate != null) {
                giveUp(candidate, notInTime(candidate), effects);
                serve(effects);
            }
        }
        return effects;
    }

    private Problem notInTime(Waiting candidate) {
        ResourceAccount account = candidate.isAtNode || candidate.lines.isEmpty()
                ? candidate.entries.getFirst().account
                : candidate.lines.iterator().next();
        return ResourceRefusals.notInTime(candidate.wish, books.account(account), holders(account), candidate.isAtNode);
    }

    /** When {@link #elapse} has something to do next, on the monotonic clock; {@link Long#MAX_VALUE} for never. */
    public long nextNanos() {
        return timeline.isEmpty() ? LedgerEntry.NEVER : timeline.first().nanos();
    }

    /** Follows changed limits. What is granted stays granted; who waits for more than there can ever be is refused. */
    public List<LedgerEffect> configure(Map<ResourceAccount, Long> limits) {
        List<LedgerEffect> effects = new ArrayList<>();
        books.configure(limits);
        for (Waiting candidate : List.copyOf(waiting.values())) {
            Problem never = candidate.isAtNode ? null : never(candidate.wish);
            if (never != null) {
                giveUp(candidate, never, effects);
            }
        }
        serve(effects);
        return effects;
    }

    // Use and views

    /** Takes note that the content of a buffer was written or read by request, from its beginning. */
    public void used(String id, long written, long read, Moment now) {
        used(id, 0, written, read, now);
    }

    /**
     * Takes note that a part of the content of a buffer was written or read by request.
     *
     * @param offset where the part begins, in bytes
     */
    public void used(String id, long offset, long written, long read, Moment now) {
        LedgerEntry entry = live.get(id);
        if (entry != null && entry.isHeld()) {
            entry.use(offset, written, read, now);
        }
    }

    /** A resource that is held or waited for, or went back lately. */
    public Optional<ResourceView> show(String id) {
        return Optional.ofNullable(find(id)).map(LedgerEntry::view);
    }

    private @Nullable LedgerEntry find(String id) {
        LedgerEntry entry = live.get(id);
        return entry == null ? ended.get(id) : entry;
    }

    public Optional<ResourceUsage> usage(String id, Moment now) {
        return Optional.ofNullable(find(id)).map(entry -> entry.usage(now));
    }

    public Optional<Handle> handle(String id) {
        return Optional.ofNullable(find(id)).map(entry -> entry.part.handle());
    }

    /** True if it is granted and not on its way back. */
    public boolean isHeld(String id) {
        LedgerEntry entry = live.get(id);
        return entry != null && entry.isHeld();
    }

    /** What an owner holds or waits for. */
    public List<ResourceView> of(Owner owner) {
        return byOwner.getOrDefault(owner, Set.of()).stream()
                .map(live::get)
                .filter(Objects::nonNull)
                .map(LedgerEntry::view)
                .toList();
    }

    /** Newest first: what is held or waited for, then what went back lately. */
    public List<ResourceView> all() {
        List<ResourceView> views = new ArrayList<>(live.size() + ended.size());
        ended.values().forEach(entry -> views.add(entry.view()));
        live.values().forEach(entry -> views.add(entry.view()));
        return views.reversed();
    }

    /**
     * Everything that was granted and is not back, in the order in which it was wished for. What the node is still asked
     * for is charged, too, and not among it.
     */
    public List<ResourceView> charged() {
        return live.values().stream()
                .filter(entry -> entry.state() != ResourceState.REQUESTED)
                .map(LedgerEntry::view)
                .toList();
    }

    /** Identifiers of what is on its way back. */
    public List<String> releasing() {
        return live.values().stream()
                .filter(entry -> entry.state() == ResourceState.RELEASING)
                .map(LedgerEntry::id)
                .toList();
    }

    /** Wishes that wait, the next to be served first. */
    public List<WaitingWish> waiting() {
        return waiting.values().stream()
                .map(candidate -> new WaitingWish(candidate.wish, sinceOf(candidate), why(candidate)))
                .toList();
    }

    private static Instant sinceOf(Waiting candidate) {
        return candidate.entries.getFirst().view().history().getFirst().at();
    }

    private int waitingInLine() {
        return (int) waiting.values().stream()
                .filter(candidate -> !candidate.isAtNode)
                .count();
    }

    private String why(Waiting candidate) {
        if (candidate.isAtNode) {
            return candidate.whyAtNode == null ? ResourceRefusals.nodeIsAsked() : candidate.whyAtNode;
        }
        ResourceAccount account = candidate.lines.iterator().next();
        long ahead = waiting.values().stream()
                .takeWhile(other -> other != candidate)
                .filter(other -> other.lines.contains(account))
                .count();
        return ResourceRefusals.inLine(books.account(account), holders(account), ahead);
    }

    private Holders holders(ResourceAccount account) {
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

    /** The numbers of the ledger. */
    public LedgerFigures figures() {
        return books.figures(waiting.values().stream()
                .map(candidate -> Books.amounts(candidate.wish).keySet())
                .toList());
    }

    /** The account a resource is charged to. */
    public Optional<ResourceAccount> accountOf(String id) {
        return Optional.ofNullable(find(id)).map(entry -> entry.account);
    }

    /** What is charged to an account, in its units. */
    public long inUse(ResourceAccount account) {
        return books.account(account).inUse();
    }

    /** What may be charged to an account, in its units. */
    public long limit(ResourceAccount account) {
        return books.account(account).limit();
    }

    /** Resources that are held or waited for. */
    public int size() {
        return live.size();
    }

    /** True if anything is held or waited for. */
    public boolean isInUse() {
        return !live.isEmpty();
    }
}
