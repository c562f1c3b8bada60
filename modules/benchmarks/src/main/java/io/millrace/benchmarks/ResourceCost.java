package io.millrace.benchmarks;

import com.sun.management.ThreadMXBean;
import io.millrace.channel.Instruments;
import io.millrace.channel.JobIds;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.handle.HandleSeals;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.NodeLimits;
import io.millrace.channel.resource.NodeResources;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.resource.buffer.BufferPools;
import io.millrace.channel.resource.buffer.PooledBuffer;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import io.millrace.domain.resource.ResourceAccount;
import io.millrace.domain.resource.ResourceLedger;
import io.millrace.domain.resource.ResourceWish;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * What a buffer costs without HTTP: allocated and released by plain calls of ledger and pools, which one thread may use,
 * and by asking the resource manager, which everybody may; what noting its use adds; and whether accounting for millions
 * of them leaves anything behind.
 */
@Proves({"R-15", "R-32", "R-43", "R-44", "R-53"})
final class ResourceCost {
    private static final ChannelName CHANNEL = new ChannelName("resource-cost");
    private static final Owner OWNER = Owner.named("bench");
    private static final HandleSeals SEALS = new HandleSeals(new byte[32]);
    private static final long POOL_BYTES = 64L << 20;
    private static final double ASKED_MILLIS_MAX = 1;
    private static final double NOTING_MILLIS_MAX = 5;

    /** What accounts for a buffer is smaller than the smallest buffer there is. */
    private static final double HEAP_BYTES_MAX = BufferTier.SMALL.bytes();

    private static final int COUNTED_PAIRS = 20_000;
    private static final int NOTED_USES = 100_000;
    private static final int CALLERS = 16;

    /** Each allocates, writes and releases, so that there are more than a million operations. */
    private static final int ROUNDS = 340_000;

    private static final double GROWTH_MEGABYTES_MAX = 1;

    private final LocalActors actors;
    private final ActorRef<ResourceManager.Command> manager;

    private ResourceCost(LocalActors actors) {
        this.actors = actors;
        this.manager = actors.spawn(ResourceManager.create(seed(actors)), "resources");
    }

    static void measure(Report report) throws IOException, InterruptedException {
        try (LocalActors actors = LocalActors.start()) {
            ResourceCost cost = new ResourceCost(actors);
            for (BufferTier tier : BufferTier.values()) {
                cost.measure(tier, report);
            }
            measureNoting(report);
            cost.measureGrowth(report);
        }
    }

    private static ResourceManager.Seed seed(LocalActors actors) {
        Instruments instruments = new Instruments();
        NodeLimits limits = new NodeLimits(POOL_BYTES, 1 << 20, 100, 100, 100, 100);
        return new ResourceManager.Seed(
                CHANNEL,
                ChannelSpec.DEFAULT,
                1,
                "bench",
                SEALS,
                JobIds.system(),
                ResourceCost::now,
                instruments,
                Runnable::run,
                limits,
                actors.spawn(NodeResources.create(limits, instruments), "node-resources"),
                actors.spawn(Behaviors.<ProcessManager.Command>receiveMessage(ResourceCost::noProcesses), "processes"),
                actors.spawn(Behaviors.ignore(), "channel"));
    }

    private static Behavior<ProcessManager.Command> noProcesses(ProcessManager.Command command) {
        if (command instanceof ProcessManager.Snapshot(var replyTo)) {
            replyTo.tell(new ProcessManager.Processes(List.of()));
        }
        return Behaviors.same();
    }

    private static Moment now() {
        return new Moment(System.nanoTime(), System.currentTimeMillis());
    }

    // Allocating and releasing

    private void measure(BufferTier tier, Report report) throws IOException, InterruptedException {
        String subject = tier.wireName() + " buffer, allocated and released, ";
        try (PlainCalls plain = new PlainCalls()) {
            Histogram called = Latencies.measure(_ -> plain.allocateAndRelease(tier));
            report.baseline(subject + "plain call, p99", "ms", Latencies.milliseconds(called, 99), micros(called));
            report.atMost(subject + "heap of a plain call", "B", HEAP_BYTES_MAX, plain.heapBytes(tier), "on average");
        }
        AllocationRequest request = AllocationRequest.of(ResourceType.BUFFER, tier.bytes());
        Histogram asked = Latencies.measure(_ -> release(allocate(request)));
        report.atMost(subject + "asked, p99", "ms", ASKED_MILLIS_MAX, Latencies.milliseconds(asked, 99), micros(asked));
    }

    private static String micros(Histogram latency) {
        return String.format(
                Locale.ROOT,
                "p50 %.1f p95 %.1f p99 %.1f us",
                latency.getValueAtPercentile(50) / 1e3,
                latency.getValueAtPercentile(95) / 1e3,
                latency.getValueAtPercentile(99) / 1e3);
    }

    private Handle allocate(AllocationRequest request) throws InterruptedException {
        ManagerReply reply =
                actors.ask(manager, replyTo -> new ResourceManager.Allocate(OWNER, request, null, null, replyTo));
        if (!(reply instanceof ResourceManager.Allocated(ResourceView resource, var _))) {
            throw new IllegalStateException("a buffer was not granted: " + reply);
        }
        return resource.handle();
    }

    private ManagerReply release(Handle buffer) throws InterruptedException {
        ManagerReply reply = actors.ask(manager, replyTo -> new ResourceManager.Release(Reference.to(buffer), replyTo));
        if (!reply.equals(new ResourceManager.Released(true))) {
            throw new IllegalStateException("a buffer that was held was not released: " + reply);
        }
        return reply;
    }

    private void write(Handle buffer, byte[] content) throws InterruptedException {
        ManagerReply reply = actors.ask(
                manager, replyTo -> new ResourceManager.Write(Reference.to(buffer), 0, content, true, replyTo));
        if (!reply.equals(new ResourceManager.Written())) {
            throw new IllegalStateException("a buffer that was held was not written: " + reply);
        }
    }

    // Noting what is used

    /** The same write with and without noting it in the ledger, taking turns. */
    private static void measureNoting(Report report) {
        try (PlainCalls plain = new PlainCalls()) {
            PooledBuffer buffer = plain.allocate(BufferTier.SMALL);
            MemorySegment content = MemorySegment.ofArray(new byte[BufferTier.SMALL.bytes()]);
            Histogram bare = Latencies.empty();
            Histogram noted = Latencies.empty();
            for (int n = 0; n < NOTED_USES; n++) {
                long started = System.nanoTime();
                buffer.segment().copyFrom(content);
                bare.recordValue(System.nanoTime() - started);
                started = System.nanoTime();
                buffer.segment().copyFrom(content);
                plain.noteUse(content.byteSize());
                noted.recordValue(System.nanoTime() - started);
            }
            plain.release(buffer);
            report.atMost(
                    "noting the use of a buffer adds, p99",
                    "ms",
                    NOTING_MILLIS_MAX,
                    Math.max(0, Latencies.milliseconds(noted, 99) - Latencies.milliseconds(bare, 99)),
                    "writing 4 KiB, noted: " + micros(noted) + "; not noted: " + micros(bare));
        }
    }

    // What is left behind

    private void measureGrowth(Report report) throws InterruptedException {
        useBuffers(ROUNDS / 5);
        double before = liveMegabytes();
        long started = System.nanoTime();
        useBuffers(ROUNDS);
        double seconds = (System.nanoTime() - started) / 1e9;
        double after = liveMegabytes();
        report.atMost(
                "live heap grown by a million operations",
                "MB",
                GROWTH_MEGABYTES_MAX,
                after - before,
                String.format(
                        Locale.ROOT,
                        "from %.1f to %.1f MB, %d callers, %,.0f allocations/s",
                        before,
                        after,
                        CALLERS,
                        ROUNDS / seconds));
    }

    private void useBuffers(int rounds) throws InterruptedException {
        List<Future<?>> callers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < CALLERS; caller++) {
                callers.add(threads.submit(() -> {
                    useInTurn(rounds / CALLERS);
                    return null;
                }));
            }
        }
        for (Future<?> caller : callers) {
            succeeded(caller);
        }
    }

    private void useInTurn(int rounds) throws InterruptedException {
        byte[] content = new byte[1_024];
        AllocationRequest request = AllocationRequest.of(ResourceType.BUFFER, content.length);
        for (int round = 0; round < rounds; round++) {
            Handle buffer = allocate(request);
            write(buffer, content);
            release(buffer);
        }
    }

    private static void succeeded(Future<?> caller) throws InterruptedException {
        try {
            caller.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a caller failed", e.getCause());
        }
    }

    /** What is in use right after a full collection is what is alive, once the questions themselves are forgotten. */
    private static double liveMegabytes() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(LocalActors.TIMEOUT.plusSeconds(1).toMillis());
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / (double) (1 << 20);
    }

    /** Ledger and pools without the actors they belong to. One resource at a time. */
    private static final class PlainCalls implements AutoCloseable {
        private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        private final ResourceLedger ledger = new ResourceLedger(ResourceAccount.limitsOf(ChannelSpec.DEFAULT));
        private final BufferPools pools = new BufferPools(POOL_BYTES);

        /** Sealed beforehand; more than the ledger shows after their release, so that it has to forget the oldest. */
        private final List<Handle> handles = IntStream.range(0, 2 * Limits.RESOURCES_RELEASED_MAX)
                .mapToObj(n -> SEALS.seal(HandleType.RESOURCE, "buffer-" + n, CHANNEL, 1, "bench"))
                .toList();

        private long wishes;

        PooledBuffer allocateAndRelease(BufferTier tier) {
            PooledBuffer buffer = allocate(tier);
            release(buffer);
            return buffer;
        }

        PooledBuffer allocate(BufferTier tier) {
            wishes++;
            var part = new ResourceWish.Part(current(), ResourceType.BUFFER, tier.bytes());
            ledger.wish(new ResourceWish(wishes, OWNER, List.of(part), 0, 0, false), now());
            PooledBuffer buffer = pools.take(tier, tier.bytes()).orElseThrow();
            ledger.taken(wishes, buffer.isReused() ? Set.of(part.id()) : Set.of(), now());
            return buffer;
        }

        void noteUse(long written) {
            ledger.used(current().id(), written, 0, now());
        }

        void release(PooledBuffer buffer) {
            String id = current().id();
            ledger.release(id, ReleaseReason.RELEASED, now());
            pools.giveBack(buffer);
            ledger.returned(List.of(id), now());
            if (ledger.isInUse()) {
                throw new IllegalStateException("a buffer that was given back is still held");
            }
        }

        private Handle current() {
            return handles.get((int) (wishes % handles.size()));
        }

        double heapBytes(BufferTier tier) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int n = 0; n < COUNTED_PAIRS; n++) {
                allocateAndRelease(tier);
            }
            return (double) (THREADS.getCurrentThreadAllocatedBytes() - before) / COUNTED_PAIRS;
        }

        @Override
        public void close() {
            pools.close();
        }
    }
}
