package io.millrace.domain.resource;

import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.resource.ResourceMetrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** The accounts of a ledger and what was booked on them. Every booking takes the same time, however many there are. */
final class Books {
    private final Map<ResourceAccount, Account> accounts = new EnumMap<>(ResourceAccount.class);
    private long bufferBytes;
    private long bufferBytesPeak;

    Books(Map<ResourceAccount, Long> limits) {
        for (ResourceAccount name : ResourceAccount.values()) {
            accounts.put(name, new Account(name, 0));
        }
        configure(limits);
    }

    void configure(Map<ResourceAccount, Long> limits) {
        limits.forEach((name, limit) -> account(name).limit(limit));
    }

    Account account(ResourceAccount name) {
        Account account = accounts.get(name);
        if (account == null) {
            throw new IllegalStateException("there is an account for every " + name);
        }
        return account;
    }

    static ResourceAccount accountOf(ResourceWish.Part part) {
        return ResourceAccount.of(part.type(), part.size())
                .orElseThrow(() -> new IllegalArgumentException("no buffer has " + part.size() + " bytes"));
    }

    /** What a wish is charged, by account; a sum that is too large for a number is the largest number. */
    static Map<ResourceAccount, Long> amounts(ResourceWish wish) {
        Map<ResourceAccount, Long> amounts = new EnumMap<>(ResourceAccount.class);
        for (ResourceWish.Part part : wish.parts()) {
            ResourceAccount account = accountOf(part);
            amounts.merge(account, account.amount(part.size()), Books::sumOrMax);
        }
        return amounts;
    }

    private static long sumOrMax(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    void charge(LedgerEntry entry) {
        account(entry.account).charge(entry);
        if (entry.account.tier() != null) {
            bufferBytes += entry.charged();
            bufferBytesPeak = Math.max(bufferBytesPeak, bufferBytes);
        }
    }

    void uncharge(LedgerEntry entry) {
        account(entry.account).uncharge(entry);
        unchargeBuffer(entry);
    }

    void granted(LedgerEntry entry, boolean isReused) {
        account(entry.account).granted();
        if (isReused) {
            account(entry.account).reused();
        }
    }

    /** A buffer that is larger than any there is counts as one of the largest that was refused. */
    void refused(ResourceWish wish) {
        wish.parts().stream()
                .map(part -> ResourceAccount.of(part.type(), part.size()).orElse(ResourceAccount.LARGE_BUFFERS))
                .distinct()
                .forEach(name -> account(name).refused());
    }

    void releasing(LedgerEntry entry) {
        account(entry.account).releasing(entry);
    }

    void released(LedgerEntry entry) {
        account(entry.account).released(entry);
        unchargeBuffer(entry);
    }

    private void unchargeBuffer(LedgerEntry entry) {
        if (entry.account.tier() != null) {
            bufferBytes -= entry.charged();
        }
    }

    /** @param waiters the accounts of each wish that waits; it is counted once in each, and once in their type */
    LedgerFigures figures(Collection<Set<ResourceAccount>> waiters) {
        List<ResourceMetrics> metrics = new ArrayList<>();
        for (ResourceType type : ResourceType.values()) {
            metrics.add(type == ResourceType.BUFFER ? buffers(waiters) : plain(type, waiters));
        }
        return new LedgerFigures(metrics);
    }

    private ResourceMetrics plain(ResourceType type, Collection<Set<ResourceAccount>> waiters) {
        for (Account account : accounts.values()) {
            if (account.name.type() == type) {
                return new ResourceMetrics(type, account.totals(count(waiters, account.name::equals)), Map.of());
            }
        }
        throw new IllegalStateException("there is an account for every type");
    }

    private ResourceMetrics buffers(Collection<Set<ResourceAccount>> waiters) {
        Account.Bytes sum = new Account.Bytes(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        Map<BufferTier, ResourceMetrics.Totals> tiers = new EnumMap<>(BufferTier.class);
        for (Account account : accounts.values()) {
            BufferTier tier = account.name.tier();
            if (tier != null) {
                sum = sum.plus(account.bytes());
                tiers.put(tier, account.totals(count(waiters, account.name::equals)));
            }
        }
        int waiting = count(waiters, name -> name.tier() != null);
        return new ResourceMetrics(ResourceType.BUFFER, sum.totals(bufferBytesPeak, waiting), tiers);
    }

    private static int count(Collection<Set<ResourceAccount>> waiters, Predicate<ResourceAccount> name) {
        return (int) waiters.stream()
                .filter(accounts -> accounts.stream().anyMatch(name))
                .count();
    }
}
