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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 *
 * <p><b>Cleanup</b> withholds what belongs to no attempt: it stays charged, and neither its owner nor its time to live can
 * give it back, until it is restored or released together with everything else that is withheld. Meanwhile the channel
 * grants nothing; what it granted to an attempt before and the node is still asked for is left to the node.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
public final class ResourceLedger {
    private static final Comparator<Timed> EARLIEST_FIRST = Comparator.comparingLong(Timed::nanos)
            .thenComparingLong(Timed::wish)
            .thenComparing(Timed::id);

    private final Books books;
    /** Wishes that are not granted yet, in the order in which they came. */
    private final Map<Long, Waiting> waiting = new LinkedHashMap<>();

    private final LedgerEntries entries = new LedgerEntries();
    private final TreeSet<Timed> timeline = new TreeSet<>(EARLIEST_FIRST);
    /** True while a cleanup withholds what there is, and nothing is granted. */
    private boolean isClosed;

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
        /** True if it came during a cleanup: nobody knows yet what it will be short of. */
        boolean waitsForCleanup;
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
        Problem refusal = isClosed && !mayOutwaitCleanup(wish) ? ResourceRefusals.beingCleanedUp() : refusal(wish);
        if (refusal != null) {
            refuse(wish, refusal, effects);
            return effects;
        }
        Waiting candidate = new Waiting(wish, entriesOf(wish, now), endOf(wish, now));
        candidate.waitsForCleanup = isClosed;
        candidate.lines.addAll(isClosed ? Books.amounts(wish).keySet() : shortOf(candidate, waiting.values()));
        if (candidate.lines.isEmpty()) {
            admit(candidate);
            takeFromNode(candidate, effects);
        } else if (!wish.mayWait()) {
            ResourceAccount account = candidate.lines.iterator().next();
            refuse(wish, ResourceRefusals.notNow(wish, books.account(account), entries.holders(account)), effects);
        } else if (waitingInLine() >= Limits.RESOURCE_WAITERS_MAX) {
            refuse(wish, ResourceRefusals.tooManyWait(wish), effects);
        } else {
            admit(candidate);
            effects.add(new LedgerEffect.Waits(wish.number(), why(candidate)));
        }
        return effects;
    }

    /** What an attempt declared is granted behind a cleanup. */
    private static boolean mayOutwaitCleanup(ResourceWish wish) {
        return wish.waitNanos() == ResourceWish.UNBOUNDED;
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
        if (entries.size() + wish.parts().size() > Limits.RESOURCES_MAX) {
            return ResourceRefusals.tooMany(wish, entries.size());
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
        candidate.entries.forEach(entries::add);
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
                timeline.add(timed(entry));
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
            LedgerEntry entry = entries.live(id);
            if (entry != null && isReleasing(entry)) {
                books.released(entry);
                entry.endRelease(now);
                entries.ended(entry);
            }
        }
        serve(effects);
        return effects;
    }

    private static boolean isReleasing(LedgerEntry entry) {
        return entry.state() == ResourceState.RELEASING && !entry.isWithheld();
    }

    // Giving back

    /** Begins to give a resource back, or gives up the wish it is part of. No effect if there is nothing to give back. */
    public List<LedgerEffect> release(String id, ReleaseReason reason, Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        LedgerEntry entry = entries.live(id);
        if (entry != null) {
            giveBack(List.of(entry), reason, now, effects);
        }
        return effects;
    }

    /** Begins to give back all that an owner holds, together, and gives up what it waits for. */
    public List<LedgerEffect> releaseAll(Owner owner, Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        giveBack(entries.of(owner), ReleaseReason.OWNER_ENDED, now, effects);
        return effects;
    }

    /** Begins to give back all that anybody holds, withheld or not, and gives up what they wait for. */
    public List<LedgerEffect> releaseEverything(Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        reopen();
        giveBack(List.copyOf(entries.live()), ReleaseReason.RECLAIMED, now, effects);
        return effects;
    }

    private void giveBack(List<LedgerEntry> given, ReleaseReason reason, Moment now, List<LedgerEffect> effects) {
        List<String> held = new ArrayList<>();
        for (LedgerEntry entry : given) {
            if (entry.isHeld() || entry.isWithheld()) {
                timeline.remove(timed(entry));
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
        candidate.entries.forEach(entries::remove);
        refuse(candidate.wish, problem, effects);
    }

    /** Goes through the lines and asks the node for what the channel can grant now. */
    private void serve(List<LedgerEffect> effects) {
        if (isClosed) {
            return;
        }
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

    // Cleanup of the channel

    /**
     * Withholds everything that belongs to no attempt, and grants nothing until {@link #restore} or
     * {@link #releaseWithheld}. Wishes that wait are refused, except what attempts declared. Doing so again changes nothing.
     */
    public List<LedgerEffect> withhold(Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        isClosed = true;
        for (Waiting candidate : List.copyOf(waiting.values())) {
            if (!mayOutwaitCleanup(candidate.wish)) {
                giveUp(candidate, ResourceRefusals.beingCleanedUp(), effects);
            }
        }
        for (LedgerEntry entry : entries.live(entry -> entry.isHeld() && !entry.owner.isAttempt())) {
            timeline.remove(timed(entry));
            entry.withhold(now);
        }
        return effects;
    }

    /** Gives what is withheld back to its owners, except what has outlived its time by now, and grants again. */
    public List<LedgerEffect> restore(Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        List<LedgerEntry> expired = new ArrayList<>();
        reopen();
        for (LedgerEntry entry : entries.live(LedgerEntry::isWithheld)) {
            entry.restore();
            if (entry.expiresNanos() <= now.nanos()) {
                expired.add(entry);
            } else if (entry.expiresNanos() != LedgerEntry.NEVER) {
                timeline.add(timed(entry));
            }
        }
        giveBack(expired, ReleaseReason.EXPIRED, now, effects);
        return effects;
    }

    /** Begins to give back everything that is withheld, together, and grants again. */
    public List<LedgerEffect> releaseWithheld(Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        reopen();
        giveBack(entries.live(LedgerEntry::isWithheld), ReleaseReason.CLEANED_UP, now, effects);
        return effects;
    }

    private void reopen() {
        isClosed = false;
        for (Waiting candidate : waiting.values()) {
            if (candidate.waitsForCleanup) {
                candidate.waitsForCleanup = false;
                candidate.lines.clear();
            }
        }
    }

    /** How much is withheld now. */
    public WithheldResources withheld() {
        return WithheldResources.of(entries.live(LedgerEntry::isWithheld));
    }

    /** The same by type and by tier of buffers. */
    public List<NotedResource> withheldByType() {
        return HeldSums.summed(entries.live(LedgerEntry::isWithheld));
    }

    /** True if its owner can do nothing with it until the cleanup of the channel has ended. */
    public boolean isWithheld(String id) {
        LedgerEntry entry = entries.live(id);
        return entry != null && entry.isWithheld();
    }

    private static Timed timed(LedgerEntry entry) {
        return new Timed(entry.expiresNanos(), 0, entry.id());
    }

    // Time and limits

    /** Ends what is due: waits that were too long and grants whose time to live is over. */
    public List<LedgerEffect> elapse(Moment now) {
        List<LedgerEffect> effects = new ArrayList<>();
        while (!timeline.isEmpty() && timeline.first().nanos() <= now.nanos()) {
            Timed due = timeline.first();
            timeline.remove(due);
            LedgerEntry expired = entries.live(due.id());
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
        return ResourceRefusals.notInTime(
                candidate.wish, books.account(account), entries.holders(account), candidate.isAtNode);
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
        LedgerEntry entry = entries.live(id);
        if (entry != null && entry.isHeld()) {
            entry.use(offset, written, read, now);
        }
    }

    /** A resource that is held or waited for, or went back lately. */
    public Optional<ResourceView> show(String id) {
        return Optional.ofNullable(entries.find(id)).map(LedgerEntry::view);
    }

    public Optional<ResourceUsage> usage(String id, Moment now) {
        return Optional.ofNullable(entries.find(id)).map(entry -> entry.usage(now));
    }

    public Optional<Handle> handle(String id) {
        return Optional.ofNullable(entries.find(id)).map(entry -> entry.part.handle());
    }

    /** True if it is granted and neither withheld nor on its way back. */
    public boolean isHeld(String id) {
        LedgerEntry entry = entries.live(id);
        return entry != null && entry.isHeld();
    }

    /** What an owner holds or waits for. */
    public List<ResourceView> of(Owner owner) {
        return entries.of(owner).stream().map(LedgerEntry::view).toList();
    }

    /** Attempts that hold something, wait for it or have not given all of it back. A view. */
    public Set<Owner> attempts() {
        return entries.attempts();
    }

    /**
     * What an owner holds now, by type and by tier of buffers.
     *
     * @param nanosMin what it has held for less is left out
     */
    public List<NotedResource> held(Owner owner, long nanosMin, Moment now) {
        return HeldSums.summed(entries.of(owner).stream()
                .filter(entry -> entry.isHeldFor(nanosMin, now))
                .toList());
    }

    /** Newest first: what is held or waited for, then what went back lately. */
    public List<ResourceView> all() {
        return entries.all();
    }

    /**
     * Everything that was granted and is not back, in the order in which it was wished for. What the node is still asked
     * for is charged, too, and not among it.
     */
    public List<ResourceView> charged() {
        return entries.live(entry -> entry.state() != ResourceState.REQUESTED).stream()
                .map(LedgerEntry::view)
                .toList();
    }

    /** Identifiers of what is on its way back, which nothing is that is withheld. */
    public List<String> releasing() {
        return entries.live(ResourceLedger::isReleasing).stream()
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
        if (isClosed) {
            return ResourceRefusals.cleanupIsAwaited();
        }
        ResourceAccount account = candidate.lines.iterator().next();
        long ahead = waiting.values().stream()
                .takeWhile(other -> other != candidate)
                .filter(other -> other.lines.contains(account))
                .count();
        return ResourceRefusals.inLine(books.account(account), entries.holders(account), ahead);
    }

    /** The numbers of the ledger. */
    public LedgerFigures figures() {
        return books.figures(waiting.values().stream()
                .map(candidate -> Books.amounts(candidate.wish).keySet())
                .toList());
    }

    /** The account a resource is charged to. */
    public Optional<ResourceAccount> accountOf(String id) {
        return Optional.ofNullable(entries.find(id)).map(entry -> entry.account);
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
        return entries.size();
    }

    /** True if anything is held or waited for. */
    public boolean isInUse() {
        return entries.size() > 0;
    }
}
