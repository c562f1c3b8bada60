package io.millrace.channel.resource;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.domain.Limits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who holds how much, and who waits. Pure accounts: no clock, no messages.
 *
 * <p>Waiters are served strictly in the order they came. So a large request is never starved by small ones, and what
 * stands before a waiter is always known.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class Ledger {
    private final Map<Account, Line> lines = new LinkedHashMap<>();
    private final Map<AttemptId, Map<Account, Long>> held = new HashMap<>();
    private final Map<AttemptId, Map<Account, Long>> waiting = new LinkedHashMap<>();

    Ledger(ChannelSpec spec) {
        for (var account : Account.values()) {
            lines.put(account, new Line());
        }
        configure(spec);
    }

    /** What is counted apart: each type, and each tier of buffers. */
    enum Account {
        SMALL_BUFFERS(ResourceType.BUFFER, 4 << 10),
        MEDIUM_BUFFERS(ResourceType.BUFFER, 64 << 10),
        LARGE_BUFFERS(ResourceType.BUFFER, 1 << 20),
        MEMORY(ResourceType.MEMORY, 1),
        THREADS(ResourceType.THREADS, 1),
        CHANNELS(ResourceType.CHANNELS, 1),
        FILES(ResourceType.FILES, 1),
        PROCESSES(ResourceType.PROCESSES, 1);

        private final ResourceType type;
        private final int unit;

        Account(ResourceType type, int unit) {
            this.type = type;
            this.unit = unit;
        }

        /** The account a request is charged to; the smallest tier that is large enough for a buffer. */
        static Optional<Account> of(ResourceRequest request) {
            return switch (request.type()) {
                case BUFFER -> tier(request.size());
                case MEMORY -> Optional.of(MEMORY);
                case THREADS -> Optional.of(THREADS);
                case CHANNELS -> Optional.of(CHANNELS);
                case FILES -> Optional.of(FILES);
                case PROCESSES -> Optional.of(PROCESSES);
            };
        }

        private static Optional<Account> tier(long bytes) {
            for (var tier : List.of(SMALL_BUFFERS, MEDIUM_BUFFERS, LARGE_BUFFERS)) {
                if (bytes <= tier.unit) {
                    return Optional.of(tier);
                }
            }
            return Optional.empty();
        }

        ResourceType type() {
            return type;
        }

        /** Bytes of one buffer of a tier, 1 for everything else. */
        int unit() {
            return unit;
        }
    }

    /** What became of a request. */
    sealed interface Result {}

    record Granted() implements Result {}

    /** {@code account} is the first that has too little left. */
    record Waits(Account account, int placesAhead) implements Result {}

    record Refused(Problem problem) implements Result {}

    /** One account: amounts count units of {@link Account#unit()}. */
    record Balance(Account account, long limit, long inUse, long peak, int waiters) {}

    void configure(ChannelSpec spec) {
        var buffers = spec.resources().buffers();
        limit(Account.SMALL_BUFFERS, buffers.small());
        limit(Account.MEDIUM_BUFFERS, buffers.medium());
        limit(Account.LARGE_BUFFERS, buffers.large());
        limit(Account.MEMORY, spec.resources().memoryBytes());
        limit(Account.THREADS, spec.threads().max());
        limit(Account.CHANNELS, Limits.DECLARED_CHANNELS_MAX);
        limit(Account.FILES, spec.resources().files());
        limit(Account.PROCESSES, spec.resources().processes());
    }

    /** Grants a request, queues it, or refuses what can never be granted. Repeating a request changes nothing. */
    Result acquire(AttemptId attempt, List<ResourceRequest> requests) {
        if (held.containsKey(attempt)) {
            return new Granted();
        }
        if (!waiting.containsKey(attempt)) {
            var amounts = new LinkedHashMap<Account, Long>();
            for (var request : requests) {
                var account = Account.of(request);
                if (account.isEmpty()) {
                    return new Refused(tooLarge(request, Account.LARGE_BUFFERS.unit()));
                }
                amounts.merge(account.get(), amount(request), Ledger::sumOrMax);
            }
            for (var amount : amounts.entrySet()) {
                if (amount.getValue() > line(amount.getKey()).limit) {
                    return new Refused(neverEnough(amount.getKey(), amount.getValue()));
                }
            }
            if (waiting.isEmpty() && fits(amounts)) {
                grant(attempt, amounts);
                return new Granted();
            }
            waiting.put(attempt, amounts);
        }
        return new Waits(shortAccount(waiting.getOrDefault(attempt, Map.of())), placesAhead(attempt));
    }

    private static long sumOrMax(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    private static long amount(ResourceRequest request) {
        return request.type() == ResourceType.BUFFER ? 1 : request.size();
    }

    /** Takes back what an attempt holds and removes it from those who wait. */
    void release(AttemptId attempt) {
        waiting.remove(attempt);
        var amounts = held.remove(attempt);
        if (amounts != null) {
            amounts.forEach((account, amount) -> line(account).inUse -= amount);
        }
    }

    boolean knows(AttemptId attempt) {
        return held.containsKey(attempt) || waiting.containsKey(attempt);
    }

    /** Grants what has become possible, in order, and returns who got it. */
    List<AttemptId> grantWaiting() {
        var granted = new ArrayList<AttemptId>();
        var next = waiting.entrySet().iterator();
        while (next.hasNext()) {
            var waiter = next.next();
            if (!fits(waiter.getValue())) {
                break;
            }
            next.remove();
            grant(waiter.getKey(), waiter.getValue());
            granted.add(waiter.getKey());
        }
        return granted;
    }

    /** Takes out those who wait for more than lowered limits can ever give, with the reason. */
    Map<AttemptId, Problem> removeHopeless() {
        var hopeless = new LinkedHashMap<AttemptId, Problem>();
        waiting.forEach((attempt, amounts) -> amounts.forEach((account, amount) -> {
            if (amount > line(account).limit) {
                hopeless.putIfAbsent(attempt, neverEnough(account, amount));
            }
        }));
        hopeless.keySet().forEach(waiting::remove);
        return hopeless;
    }

    List<Balance> balances() {
        return lines.entrySet().stream()
                .map(entry -> new Balance(
                        entry.getKey(), entry.getValue().limit, entry.getValue().inUse, entry.getValue().peak, (int)
                                waiting.values().stream()
                                        .filter(amounts -> amounts.containsKey(entry.getKey()))
                                        .count()))
                .toList();
    }

    private boolean fits(Map<Account, Long> amounts) {
        return amounts.entrySet().stream()
                .allMatch(amount -> amount.getValue() <= line(amount.getKey()).left());
    }

    private Account shortAccount(Map<Account, Long> amounts) {
        return amounts.entrySet().stream()
                .filter(amount -> amount.getValue() > line(amount.getKey()).left())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseGet(() -> amounts.keySet().stream().findFirst().orElse(Account.MEMORY));
    }

    private int placesAhead(AttemptId attempt) {
        return List.copyOf(waiting.keySet()).indexOf(attempt);
    }

    private void grant(AttemptId attempt, Map<Account, Long> amounts) {
        held.put(attempt, amounts);
        amounts.forEach((account, amount) -> line(account).take(amount));
    }

    private Problem neverEnough(Account account, long amount) {
        long limit = line(account).limit;
        String type = account.type().wireName();
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT,
                "ResourceManager",
                "The job asks for " + amount * account.unit() + " of resource '" + type
                        + "' at once, and the channel may " + "hold " + limit * account.unit()
                        + ". Ask for less, or raise resources in the channel's spec.",
                Map.of("type", type, "requested", amount * account.unit(), "limit", limit * account.unit()));
    }

    private static Problem tooLarge(ResourceRequest request, long limit) {
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT,
                "ResourceManager",
                "The job asks for a buffer of " + request.size() + " bytes, and the largest has " + limit
                        + ". Ask for several smaller ones, or declare memory instead.",
                Map.of("type", request.type().wireName(), "requested", request.size(), "limit", limit));
    }

    private void limit(Account account, long limit) {
        line(account).limit = limit;
    }

    private Line line(Account account) {
        return lines.computeIfAbsent(account, _ -> new Line());
    }

    private static final class Line {
        long limit;
        long inUse;
        long peak;

        long left() {
            return limit - inUse;
        }

        void take(long amount) {
            inUse += amount;
            peak = Math.max(peak, inUse);
        }
    }
}
