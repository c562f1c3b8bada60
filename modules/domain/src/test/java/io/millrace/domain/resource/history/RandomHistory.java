package io.millrace.domain.resource.history;

import static io.millrace.domain.channel.simulation.BrokenPromise.unless;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.ResourceType;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.simulation.BrokenPromise;
import io.millrace.domain.channel.simulation.SeededRandom;
import io.millrace.domain.resource.LedgerEffect;
import io.millrace.domain.resource.ResourceAccount;
import io.millrace.domain.resource.ResourceWish;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One life of a ledger: owners that ask, use, give back and end, a node that answers when it likes, time that passes and
 * limits that change. When it ends, everything is given back.
 */
final class RandomHistory {
    private static final int STEPS = 200;
    private static final long MILLI = 1_000_000;
    private static final List<Long> BUFFER_SIZES =
            List.of(1L, 4_096L, 4_097L, 65_536L, 65_537L, 1_048_576L, 1_048_577L);
    private static final Problem NODE_IS_FULL = Problem.of(ErrorCode.RESOURCE_LIMIT, "NodeResources", "full");

    private final long seed;
    private final Flaw flaw;
    private final SeededRandom random;
    private final FlawedLedger ledger;
    private final NaiveLedger naive;
    private final EffectRules rules = new EffectRules();
    private final LedgerComparison comparison;
    private final List<Owner> owners = new ArrayList<>();
    private final List<String> trace = new ArrayList<>();
    private final Map<String, Integer> sightings = new TreeMap<>();

    /** Wishes the node was asked for and has not answered. */
    private final Map<Long, ResourceWish> asked = new LinkedHashMap<>();
    /** Wishes that were withdrawn when the node's answer was on its way. */
    private final List<Long> crossing = new ArrayList<>();

    private final List<String> held = new ArrayList<>();
    private final List<String> goingBack = new ArrayList<>();
    private final List<String> gone = new ArrayList<>();
    private Moment now = new Moment(-5_000 * MILLI, 1_750_000_000_000L);
    private long lastWish;

    private RandomHistory(long seed, Flaw flaw) {
        this.seed = seed;
        this.flaw = flaw;
        random = new SeededRandom(seed);
        Map<ResourceAccount, Long> limits = new EnumMap<>(ResourceAccount.class);
        for (ResourceAccount account : ResourceAccount.values()) {
            limits.put(account, (long) random.between(1, 10));
        }
        ledger = new FlawedLedger(flaw, limits);
        naive = new NaiveLedger(limits);
        comparison = new LedgerComparison(ledger, naive);
        int ownerCount = random.between(2, 6);
        for (int i = 0; i < ownerCount; i++) {
            owners.add(random.percent(50) ? Owner.named("owner-" + i) : new Owner("attempt-" + i, new JobId(1, i), 1));
        }
    }

    /**
     * Plays a history to its end.
     *
     * @return how often what was met in it
     * @throws BrokenPromise with the seed and every step so far, as soon as a rule is broken
     */
    static Map<String, Integer> run(long seed, Flaw flaw) {
        RandomHistory history = new RandomHistory(seed, flaw);
        try {
            for (int step = 0; step < STEPS; step++) {
                history.step();
            }
            history.letEverythingEnd();
        } catch (BrokenPromise | IllegalStateException | NullPointerException broken) {
            BrokenPromise named = new BrokenPromise(history.told(broken));
            named.initCause(broken);
            throw named;
        }
        return history.sightings;
    }

    /** The steps end with the one that broke a rule, since every step is checked. */
    private String told(Throwable broken) {
        var story = new StringBuilder(String.valueOf(broken.getMessage()))
                .append("\nReplay with -Dresource.seed=")
                .append(seed)
                .append(" and flaw ")
                .append(flaw);
        trace.forEach(line -> story.append("\n  ").append(line));
        return story.toString();
    }

    private void step() {
        now = after(random.between(0, 200) * MILLI);
        int chance = random.between(1, 100);
        if (chance <= 35) {
            wish();
        } else if (chance <= 60) {
            answer();
        } else if (chance <= 75) {
            giveSomeBack();
        } else if (chance <= 84) {
            release();
        } else if (chance <= 87) {
            end(random.oneOf(owners));
        } else if (chance <= 89) {
            use();
        } else if (chance <= 94) {
            elapse();
        } else if (chance <= 97) {
            cleanUp();
        } else {
            configure();
        }
    }

    private Moment after(long nanos) {
        return new Moment(now.nanos() + nanos, now.millis() + nanos / MILLI);
    }

    // Owners

    private void wish() {
        long number = ++lastWish;
        List<ResourceWish.Part> parts = new ArrayList<>();
        int count = random.percent(60) ? 1 : random.between(2, 4);
        for (int i = 0; i < count; i++) {
            parts.add(part("resource-" + number + "-" + i));
        }
        ResourceWish wish = new ResourceWish(
                number,
                random.oneOf(owners),
                parts,
                waitNanos(),
                random.percent(20) ? random.between(1, 3_000) * MILLI : 0,
                random.percent(30));
        rules.asked(wish);
        naive.wish(wish, now);
        check(shortly(wish), ledger.wish(wish, now));
    }

    private ResourceWish.Part part(String id) {
        // Two types and few sizes, so that many want the same.
        ResourceType type = random.percent(70)
                ? random.oneOf(List.of(ResourceType.MEMORY, ResourceType.FILES))
                : random.oneOf(List.of(ResourceType.values()));
        long size = type == ResourceType.BUFFER ? random.oneOf(BUFFER_SIZES) : random.between(1, 4);
        return new ResourceWish.Part(
                new Handle(HandleType.RESOURCE, id, new ChannelName("build"), 1, "node-1", "seal"), type, size);
    }

    private long waitNanos() {
        if (random.percent(20)) {
            return 0;
        }
        return random.percent(20) ? ResourceWish.UNBOUNDED : random.between(1, 5_000) * MILLI;
    }

    private void release() {
        String id = "resource-" + random.between(0, (int) lastWish) + "-0";
        String known = held.isEmpty() || random.percent(25) ? id : random.oneOf(held);
        naive.release(known);
        check("release " + known, ledger.release(known, now));
    }

    private void end(Owner owner) {
        naive.releaseAll(owner);
        check("end of " + owner, ledger.releaseAll(owner, now));
    }

    /** A cleanup of the channel goes on by one step. A step may be told twice, or come without the one before it. */
    private void cleanUp() {
        int step = random.between(1, 3);
        rules.cleanup(step == 1);
        if (step == 1) {
            naive.withhold();
            check("a cleanup withholds what there is", ledger.withhold(now));
        } else if (step == 2) {
            naive.restore(now);
            check("the cleanup was taken back", ledger.restore(now));
        } else {
            naive.releaseWithheld();
            check("the cleanup has succeeded", ledger.releaseWithheld(now));
        }
    }

    private void use() {
        if (!held.isEmpty()) {
            String id = random.oneOf(held);
            naive.used(id);
            ledger.used(id, now);
            check("use of " + id, List.of());
        }
    }

    // The node

    private void answer() {
        if (!crossing.isEmpty() && random.percent(50)) {
            long late = crossing.removeFirst();
            naive.taken(late, now);
            check("the node took " + late + " before it was withdrawn", ledger.taken(late, now));
        } else if (!asked.isEmpty()) {
            answer(random.oneOf(List.copyOf(asked.keySet())));
        }
    }

    private void answer(long number) {
        int chance = random.between(1, 100);
        if (chance <= 20) {
            naive.waitsAtNode(number);
            check("the node lets wait " + number, ledger.waitsAtNode(number));
        } else if (chance <= 30) {
            naive.refusedByNode(number, NODE_IS_FULL.code());
            check("the node refuses " + number, ledger.refusedByNode(number, NODE_IS_FULL, now));
        } else {
            take(number);
        }
    }

    private void take(long number) {
        ResourceWish wish = asked.remove(number);
        if (wish != null) {
            wish.parts().forEach(part -> held.add(part.id()));
        }
        naive.taken(number, now);
        check("the node took " + number, ledger.taken(number, now));
    }

    private void giveSomeBack() {
        List<String> back = new ArrayList<>();
        while (!goingBack.isEmpty() && random.percent(70)) {
            back.add(goingBack.remove(random.between(0, goingBack.size() - 1)));
        }
        List<String> told = new ArrayList<>(back);
        if (!gone.isEmpty() && random.percent(20)) {
            told.add(random.oneOf(gone));
        }
        if (!held.isEmpty() && random.percent(10)) {
            // A mistake of the node: nobody has given it up.
            told.add(random.oneOf(held));
        }
        giveBack(told);
        gone.addAll(back);
    }

    private void giveBack(Collection<String> back) {
        naive.returned(back);
        check("back at the node: " + back, ledger.returned(back, now));
    }

    private void follow(List<LedgerEffect> effects) {
        for (LedgerEffect effect : effects) {
            switch (effect) {
                case LedgerEffect.Take(var wish) -> asked.put(wish.number(), wish);
                case LedgerEffect.Withdraw(var number) -> {
                    asked.remove(number);
                    if (random.percent(30)) {
                        crossing.add(number);
                    }
                }
                case LedgerEffect.GiveBack(var resources) -> {
                    held.removeAll(resources);
                    goingBack.addAll(resources);
                }
                case LedgerEffect.Granted _, LedgerEffect.Waits _, LedgerEffect.Refused _ -> {}
            }
        }
    }

    // Time and limits

    private void elapse() {
        long due = ledger.nextNanos();
        if (due != Long.MAX_VALUE && due > now.nanos() && random.percent(50)) {
            now = after(due - now.nanos());
        }
        naive.elapse(now);
        check("time", ledger.elapse(now));
    }

    private void configure() {
        configure(Map.of(random.oneOf(List.of(ResourceAccount.values())), (long) random.between(0, 12)));
    }

    private void configure(Map<ResourceAccount, Long> limits) {
        naive.configure(limits);
        check(limits, ledger.configure(limits));
    }

    private void letEverythingEnd() {
        owners.forEach(this::end);
        List.copyOf(crossing).forEach(_ -> answer());
        giveBack(List.copyOf(goingBack));
        rules.everythingHasEnded();
        comparison.booksAreAtZero();
        unless(asked.isEmpty(), () -> "still at the node: " + asked.keySet());
    }

    private void check(Object step, List<LedgerEffect> effects) {
        trace.add(now.nanos() / MILLI + " ms: " + step);
        effects.forEach(effect -> LedgerComparison.told(effect).forEach(line -> trace.add("    " + line)));
        effects.forEach(this::see);
        rules.observe(effects);
        follow(effects);
        comparison.check(effects);
    }

    private static String shortly(ResourceWish wish) {
        List<String> parts = wish.parts().stream()
                .map(part -> part.type().wireName() + " " + part.size())
                .toList();
        return "wish " + wish.number() + " of " + wish.owner() + " for " + parts + ", waits " + wish.waitNanos() / MILLI
                + " ms, lives " + wish.ttlNanos() / MILLI + " ms";
    }

    private void see(LedgerEffect effect) {
        String name = effect.getClass().getSimpleName();
        String code = effect instanceof LedgerEffect.Refused(var _, var problem) ? " " + problem.code() : "";
        sightings.merge(name + code, 1, Integer::sum);
    }
}
