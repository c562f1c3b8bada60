package io.millrace.domain.resource.history;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.domain.Moment;
import io.millrace.domain.resource.ResourceAccount;
import io.millrace.domain.resource.ResourceWish;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a ledger should say and hold. It keeps two lists, and goes through them again for every question; no sum is kept but
 * the peaks.
 */
final class NaiveLedger {
    private static final long NEVER = Long.MAX_VALUE;

    private final Map<ResourceAccount, Long> limits;
    private final Map<ResourceAccount, Long> peaks = new EnumMap<>(ResourceAccount.class);
    private final List<Open> wishes = new ArrayList<>();
    private final List<Held> held = new ArrayList<>();
    private List<String> said = new ArrayList<>();
    private boolean isClosed;

    NaiveLedger(Map<ResourceAccount, Long> limits) {
        this.limits = new EnumMap<>(limits);
    }

    /** A wish that is neither granted nor refused. */
    private static final class Open {
        final ResourceWish wish;
        final long ends;
        final Set<ResourceAccount> wasShortOf = EnumSet.noneOf(ResourceAccount.class);
        boolean cameDuringCleanup;
        boolean isAtNode;

        Open(ResourceWish wish, long ends) {
            this.wish = wish;
            this.ends = ends;
        }
    }

    /** A resource that was granted and is not back. */
    private static final class Held {
        final ResourceWish.Part part;
        final Owner owner;
        long ends;
        boolean isUsed;
        boolean isOnItsWayBack;
        boolean isWithheld;

        Held(ResourceWish.Part part, ResourceWish wish, long ends) {
            this.part = part;
            this.owner = wish.owner();
            this.ends = ends;
            this.isUsed = wish.areInUse();
        }
    }

    // What happens

    void wish(ResourceWish wish, Moment now) {
        if (isClosed && wish.waitNanos() != ResourceWish.UNBOUNDED) {
            refused(wish, ErrorCode.INVALID_STATE);
            return;
        }
        boolean isTimed = wish.waitNanos() != 0 && wish.waitNanos() != ResourceWish.UNBOUNDED;
        Open open = new Open(wish, isTimed ? now.nanos() + wish.waitNanos() : NEVER);
        open.cameDuringCleanup = isClosed;
        boolean isNever = wish.parts().stream().anyMatch(part -> accountOf(part) == null) || isHopeless(wish);
        if (isNever || !isServable(open) && wish.waitNanos() == 0) {
            refused(wish, ErrorCode.RESOURCE_LIMIT);
            return;
        }
        wishes.add(open);
        if (open.wasShortOf.isEmpty() && !isClosed) {
            take(open);
        } else {
            said.add("waits " + wish.number());
        }
    }

    void taken(long number, Moment now) {
        Open open = open(number);
        if (open != null) {
            wishes.remove(open);
            ResourceWish wish = open.wish;
            long ends = wish.ttlNanos() == 0 ? NEVER : now.nanos() + wish.ttlNanos();
            wish.parts().forEach(part -> held.add(new Held(part, wish, ends)));
            said.add("granted " + number);
        }
    }

    void waitsAtNode(long number) {
        Open open = open(number);
        if (open != null && open.wish.waitNanos() == 0) {
            giveUp(open, ErrorCode.RESOURCE_LIMIT);
            serve();
        } else if (open != null) {
            said.add("waits " + number);
        }
    }

    void refusedByNode(long number, ErrorCode code) {
        Open open = open(number);
        if (open != null) {
            giveUp(open, code);
            serve();
        }
    }

    void returned(Collection<String> ids) {
        held.removeIf(resource -> resource.isOnItsWayBack && ids.contains(resource.part.id()));
        serve();
    }

    void release(String id) {
        for (Held resource : held) {
            if (resource.part.id().equals(id)) {
                giveBack(resource);
                serve();
            }
        }
        for (Open open : List.copyOf(wishes)) {
            if (open.wish.parts().stream().anyMatch(part -> part.id().equals(id))) {
                giveUp(open, ErrorCode.INVALID_STATE);
                serve();
            }
        }
    }

    void releaseAll(Owner owner) {
        held.stream().filter(resource -> resource.owner.equals(owner)).forEach(this::giveBack);
        for (Open open : List.copyOf(wishes)) {
            if (open.wish.owner().equals(owner)) {
                giveUp(open, ErrorCode.INVALID_STATE);
            }
        }
        serve();
    }

    void elapse(Moment now) {
        for (long due = nextNanos(); due <= now.nanos(); due = nextNanos()) {
            long end = due;
            for (Held resource : held) {
                if (resource.ends == end && !resource.isWithheld) {
                    giveBack(resource);
                    serve();
                }
            }
            for (Open open : List.copyOf(wishes)) {
                if (open.ends == end) {
                    giveUp(open, ErrorCode.TIMEOUT);
                    serve();
                }
            }
        }
    }

    void withhold() {
        isClosed = true;
        for (Open open : List.copyOf(wishes)) {
            if (open.wish.waitNanos() != ResourceWish.UNBOUNDED) {
                giveUp(open, ErrorCode.INVALID_STATE);
            }
        }
        held.stream()
                .filter(resource -> resource.owner.job() == null && !resource.isOnItsWayBack)
                .forEach(resource -> resource.isWithheld = true);
    }

    void restore(Moment now) {
        isClosed = false;
        for (Held resource : held) {
            if (resource.isWithheld && resource.ends <= now.nanos()) {
                giveBack(resource);
            }
            resource.isWithheld = false;
        }
        serve();
    }

    void releaseWithheld() {
        isClosed = false;
        held.stream().filter(resource -> resource.isWithheld).forEach(this::giveBack);
        serve();
    }

    void configure(Map<ResourceAccount, Long> newLimits) {
        limits.putAll(newLimits);
        for (Open open : List.copyOf(wishes)) {
            if (!open.isAtNode && isHopeless(open.wish)) {
                giveUp(open, ErrorCode.RESOURCE_LIMIT);
            }
        }
        serve();
    }

    void used(String id) {
        held.stream()
                .filter(resource -> resource.part.id().equals(id) && !resource.isOnItsWayBack && !resource.isWithheld)
                .forEach(resource -> resource.isUsed = true);
    }

    private void giveBack(Held resource) {
        if (!resource.isOnItsWayBack) {
            resource.isOnItsWayBack = true;
            resource.isWithheld = false;
            resource.ends = NEVER;
            said.add("gives back " + resource.part.id());
        }
    }

    private void giveUp(Open open, ErrorCode code) {
        wishes.remove(open);
        if (open.isAtNode) {
            said.add("withdraws " + open.wish.number());
        }
        refused(open.wish, code);
    }

    private void refused(ResourceWish wish, ErrorCode code) {
        said.add("refused " + wish.number() + " " + code);
    }

    /** What came during a cleanup was short of nothing then. */
    private void serve() {
        if (isClosed) {
            return;
        }
        for (Open open : wishes) {
            if (open.cameDuringCleanup) {
                open.cameDuringCleanup = false;
                open.wasShortOf.clear();
            }
        }
        for (Open open : wishes) {
            if (!open.isAtNode && isServable(open)) {
                take(open);
            }
        }
    }

    private void take(Open open) {
        open.isAtNode = true;
        open.wasShortOf.clear();
        said.add("takes " + open.wish.number());
        for (ResourceAccount account : ResourceAccount.values()) {
            peaks.merge(account, inUse(account), Math::max);
        }
    }

    /** True if there is enough of everything and nobody is before it; else it keeps its place where there is not. */
    private boolean isServable(Open open) {
        boolean isServable = true;
        for (ResourceAccount account : ResourceAccount.values()) {
            long amount = amount(open.wish, account);
            if (amount > 0 && (inUse(account) + amount > limit(account) || isSomebodyBefore(open, account))) {
                open.wasShortOf.add(account);
                isServable = false;
            }
        }
        return isServable;
    }

    private boolean isSomebodyBefore(Open open, ResourceAccount account) {
        return wishes.stream()
                .filter(other -> other.wish.number() < open.wish.number())
                .anyMatch(other -> other.wasShortOf.contains(account));
    }

    private boolean isHopeless(ResourceWish wish) {
        return Stream.of(ResourceAccount.values()).anyMatch(account -> amount(wish, account) > limit(account));
    }

    private @Nullable Open open(long number) {
        return wishes.stream()
                .filter(open -> open.wish.number() == number)
                .findFirst()
                .orElse(null);
    }

    // What is so

    /** What was said since this was asked last. */
    List<String> said() {
        List<String> result = said;
        said = new ArrayList<>();
        return result;
    }

    long limit(ResourceAccount account) {
        return limits.getOrDefault(account, 0L);
    }

    long inUse(ResourceAccount account) {
        LongStream asked = wishes.stream().filter(open -> open.isAtNode).mapToLong(open -> amount(open.wish, account));
        LongStream granted = held.stream().mapToLong(resource -> amount(resource.part, account));
        return asked.sum() + granted.sum();
    }

    long onItsWayBack(ResourceAccount account) {
        return held.stream()
                .filter(resource -> resource.isOnItsWayBack)
                .mapToLong(resource -> amount(resource.part, account))
                .sum();
    }

    long peak(ResourceAccount account) {
        return peaks.getOrDefault(account, 0L);
    }

    long waiters(ResourceAccount account) {
        return wishes.stream().filter(open -> amount(open.wish, account) > 0).count();
    }

    List<Long> waiting() {
        return wishes.stream().map(open -> open.wish.number()).toList();
    }

    List<String> held() {
        return held.stream().map(resource -> resource.part.id()).toList();
    }

    /** States of all that is wished for or held, by identifier. */
    Map<String, ResourceState> states() {
        Map<String, ResourceState> states = new TreeMap<>();
        for (Open open : wishes) {
            open.wish.parts().forEach(part -> states.put(part.id(), ResourceState.REQUESTED));
        }
        for (Held resource : held) {
            ResourceState ofHeld = resource.isUsed ? ResourceState.IN_USE : ResourceState.GRANTED;
            states.put(
                    resource.part.id(),
                    resource.isOnItsWayBack || resource.isWithheld ? ResourceState.RELEASING : ofHeld);
        }
        return states;
    }

    long nextNanos() {
        LongStream ofWishes = wishes.stream().mapToLong(open -> open.ends);
        LongStream ofHeld =
                held.stream().filter(resource -> !resource.isWithheld).mapToLong(resource -> resource.ends);
        return LongStream.concat(ofWishes, ofHeld).min().orElse(NEVER);
    }

    static long amount(ResourceWish wish, ResourceAccount account) {
        return wish.parts().stream().mapToLong(part -> amount(part, account)).sum();
    }

    private static long amount(ResourceWish.Part part, ResourceAccount account) {
        if (accountOf(part) != account) {
            return 0;
        }
        return account.tier() == null ? part.size() : 1;
    }

    private static @Nullable ResourceAccount accountOf(ResourceWish.Part part) {
        return switch (part.type()) {
            case BUFFER -> tierOf(part.size());
            case MEMORY -> ResourceAccount.MEMORY;
            case THREADS -> ResourceAccount.THREADS;
            case CHANNELS -> ResourceAccount.CHANNELS;
            case FILES -> ResourceAccount.FILES;
            case PROCESSES -> ResourceAccount.PROCESSES;
        };
    }

    private static @Nullable ResourceAccount tierOf(long size) {
        if (size <= 4_096) {
            return ResourceAccount.SMALL_BUFFERS;
        }
        if (size <= 65_536) {
            return ResourceAccount.MEDIUM_BUFFERS;
        }
        return size <= 1_048_576 ? ResourceAccount.LARGE_BUFFERS : null;
    }
}
