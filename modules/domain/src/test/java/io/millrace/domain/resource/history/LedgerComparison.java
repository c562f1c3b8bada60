package io.millrace.domain.resource.history;

import static io.millrace.domain.channel.simulation.BrokenPromise.unless;

import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceMetrics.Totals;
import io.millrace.domain.resource.LedgerEffect;
import io.millrace.domain.resource.LedgerFigures;
import io.millrace.domain.resource.ResourceAccount;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Compares all that a ledger says and shows with the naive one. */
final class LedgerComparison {
    private static final double ROUNDING = 1e-12;

    private final FlawedLedger ledger;
    private final NaiveLedger naive;

    LedgerComparison(FlawedLedger ledger, NaiveLedger naive) {
        this.ledger = ledger;
        this.naive = naive;
    }

    void check(List<LedgerEffect> effects) {
        saysTheSame(effects);
        LedgerFigures figures = ledger.figures();
        for (ResourceAccount account : ResourceAccount.values()) {
            check(account, totals(figures, account));
        }
        for (ResourceType type : ResourceType.values()) {
            check(type, figures.of(type).totals());
        }
        naive.states().forEach((id, state) -> same(id, ledger.state(id), state));
        same("wishes that wait", ledger.waiting(), naive.waiting());
        same("what is granted", sorted(ledger.charged()), sorted(naive.held()));
        same("the time of the next end", ledger.nextNanos(), naive.nextNanos());
    }

    private static List<String> sorted(List<String> ids) {
        return ids.stream().sorted().toList();
    }

    private static Totals totals(LedgerFigures figures, ResourceAccount account) {
        var ofType = figures.of(account.type());
        return account.tier() == null
                ? ofType.totals()
                : Objects.requireNonNull(ofType.tiers().get(account.tier()));
    }

    private void check(ResourceAccount account, Totals totals) {
        long inUse = naive.inUse(account);
        long limit = naive.limit(account);
        same("in use of " + account, totals.inUse(), inUse);
        same("limit of " + account, totals.limit(), limit);
        same("available of " + account, totals.available(), inUse > limit ? 0 : limit - inUse);
        same("peak of " + account, totals.peak(), naive.peak(account));
        same("waiters for " + account, (long) totals.waiters(), naive.waiters(account));
        double pool = Math.max(limit, inUse);
        double fragmentation = pool == 0 ? 0 : naive.onItsWayBack(account) / pool;
        unless(
                Math.abs(totals.fragmentation() - fragmentation) < ROUNDING,
                () -> "fragmentation of " + account + " is " + totals.fragmentation() + ", not " + fragmentation);
    }

    private void check(ResourceType type, Totals totals) {
        same("in use of type " + type, totals.inUse(), sum(type, Amount.IN_USE));
        same("limit of type " + type, totals.limit(), sum(type, Amount.LIMIT));
    }

    private enum Amount {
        IN_USE,
        LIMIT
    }

    private long sum(ResourceType type, Amount amount) {
        return Stream.of(ResourceAccount.values())
                .filter(account -> account.type() == type)
                .mapToLong(account -> switch (amount) {
                    case IN_USE -> naive.inUse(account) * account.unit();
                    case LIMIT -> naive.limit(account) * account.unit();
                })
                .sum();
    }

    private void saysTheSame(List<LedgerEffect> effects) {
        List<String> tooMuch = new ArrayList<>();
        List<String> leftOut = naive.said();
        effects.stream().flatMap(LedgerComparison::told).forEach(line -> {
            if (!leftOut.remove(line)) {
                tooMuch.add(line);
            }
        });
        unless(leftOut.isEmpty(), () -> "the ledger left out " + leftOut + ", and said instead " + tooMuch);
        unless(tooMuch.isEmpty(), () -> "the ledger said too much: " + tooMuch);
    }

    /** An effect as the naive ledger tells it. */
    static Stream<String> told(LedgerEffect effect) {
        return switch (effect) {
            case LedgerEffect.Take(var wish) -> Stream.of("takes " + wish.number());
            case LedgerEffect.Withdraw(var number) -> Stream.of("withdraws " + number);
            case LedgerEffect.GiveBack(var resources) -> resources.stream().map(id -> "gives back " + id);
            case LedgerEffect.Granted(var number) -> Stream.of("granted " + number);
            case LedgerEffect.Waits(var number, var _) -> Stream.of("waits " + number);
            case LedgerEffect.Refused(var number, var problem) -> Stream.of("refused " + number + " " + problem.code());
        };
    }

    private static void same(String what, Object is, Object shouldBe) {
        unless(is.equals(shouldBe), () -> what + " is " + is + ", not " + shouldBe);
    }

    /** Nothing is held or waited for, and as much came back as was granted. */
    void booksAreAtZero() {
        unless(!ledger.isInUse(), () -> "something is in use at the end");
        LedgerFigures figures = ledger.figures();
        for (ResourceAccount account : ResourceAccount.values()) {
            Totals totals = totals(figures, account);
            same("in use of " + account + " at the end", totals.inUse(), 0L);
            same("waiters for " + account + " at the end", totals.waiters(), 0);
            same("returns of " + account, totals.released(), totals.granted());
        }
    }
}
