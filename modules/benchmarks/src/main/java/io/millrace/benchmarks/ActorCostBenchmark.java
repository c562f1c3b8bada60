package io.millrace.benchmarks;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.handle.HandleSeals;
import io.millrace.channel.lock.LockManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.domain.Moment;
import io.millrace.domain.lock.LockTable;
import io.millrace.domain.lock.LockWish;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * What safety costs: taking a lock and giving it back, decided by a plain call of the lock table, which one thread may
 * use, and by asking the lock manager, which everybody may. Nothing is stored, so that the difference is the mailbox, the
 * answer, and the sealed handle. One caller at a time gives the latency, many give what one manager does in a second.
 */
@Proves({"G-68", "G-91"})
final class ActorCostBenchmark implements Bench.Measurement {
    private static final ChannelName CHANNEL = new ChannelName("actor-cost");
    private static final int CALLERS = 32;
    private static final double ADDED_MILLIS_MAX = 1;
    private static final double PAIRS_PER_SECOND_MIN = 10_000;

    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        Histogram plain = plainCalls();
        try (LocalActors actors = LocalActors.start()) {
            ActorRef<ChannelReport> channel = actors.spawn(storingNothing(), "channel");
            Caller caller = new Caller(actors, actors.spawn(LockManager.create(seed(channel)), "locks"));
            Histogram asked = Latencies.measure(_ -> caller.takeAndGiveBack("alone"));
            reportCost(plain, asked, report);
            report.atLeast(
                    "lock taken and given back, asked by " + CALLERS,
                    "pairs/s",
                    PAIRS_PER_SECOND_MIN,
                    pairsPerSecond(caller, setting.seconds()),
                    "one manager, nothing stored");
        }
    }

    private static void reportCost(Histogram plain, Histogram asked, Report report) {
        report.baseline(
                "lock taken and given back, plain call, p99", "ms", Latencies.milliseconds(plain, 99), micros(plain));
        report.atMost(
                "lock taken and given back, asking adds, p99",
                "ms",
                ADDED_MILLIS_MAX,
                Latencies.milliseconds(asked, 99) - Latencies.milliseconds(plain, 99),
                "asked: " + micros(asked));
    }

    private static String micros(Histogram latency) {
        return String.format(
                Locale.ROOT,
                "p50 %.1f p99 %.1f us, %d pairs",
                latency.getValueAtPercentile(50) / 1e3,
                latency.getValueAtPercentile(99) / 1e3,
                latency.getTotalCount());
    }

    private static Histogram plainCalls() throws IOException, InterruptedException {
        LockTable table = new LockTable(1, "bench", 0, List.of(), now());
        LockName lock = new LockName("alone");
        Owner owner = Owner.named("alone");
        return Latencies.measure(n -> {
            table.acquire(new LockWish(n, owner, lock, null, 30_000, 0, null), now());
            return table.release(lock, table.lastToken(), now());
        });
    }

    private static Moment now() {
        return new Moment(System.nanoTime(), System.currentTimeMillis());
    }

    private static LockManager.Seed seed(ActorRef<ChannelReport> channel) {
        return new LockManager.Seed(
                CHANNEL,
                1,
                "bench",
                0,
                List.of(),
                new HandleSeals(new byte[32]),
                ActorCostBenchmark::now,
                new Instruments(),
                channel);
    }

    /** Stands for the channel: says at once that changes are stored. */
    private static Behavior<ChannelReport> storingNothing() {
        return Behaviors.receiveMessage(report -> {
            if (report instanceof ChannelReport.LocksChanged changed) {
                changed.replyTo().tell(new LockManager.Stored(changed.number()));
            }
            return Behaviors.same();
        });
    }

    private static double pairsPerSecond(Caller caller, int seconds) throws InterruptedException {
        LongAdder pairs = new LongAdder();
        long started = System.nanoTime();
        long end = started + TimeUnit.SECONDS.toNanos(seconds);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int n = 0; n < CALLERS; n++) {
                String name = "caller-" + n;
                callers.submit(() -> {
                    while (System.nanoTime() < end) {
                        caller.takeAndGiveBack(name);
                        pairs.increment();
                    }
                    return name;
                });
            }
        }
        return pairs.sum() / ((System.nanoTime() - started) / 1e9);
    }

    /** Somebody who waits for each answer, from any thread. */
    private record Caller(LocalActors actors, ActorRef<LockManager.Command> manager) {
        /** @param name of the lock, which nobody else wants, and of its owner */
        ManagerReply takeAndGiveBack(String name) throws InterruptedException {
            LockRequest request = LockRequest.of(name);
            Owner owner = Owner.named(name);
            ManagerReply taken = actors.ask(manager, replyTo -> new LockManager.Acquire(owner, request, null, replyTo));
            if (!(taken instanceof LockManager.Acquired(LockAnswer.Granted(var lease, var _)))) {
                throw new IllegalStateException("a free lock was not granted: " + taken);
            }
            Handle handle = lease.handle();
            ManagerReply given =
                    actors.ask(manager, replyTo -> new LockManager.Release(request.lock(), handle, replyTo));
            if (!given.equals(new LockManager.Released(true))) {
                throw new IllegalStateException("a lock that was held was not given back: " + given);
            }
            return given;
        }
    }
}
