package io.millrace.channel.resource;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.Callers;
import io.millrace.channel.handle.Owners;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.Buffer;
import io.millrace.contracts.resource.ResourceMetrics;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Owners in several channels that fight for what one node has, and die at random. The books agree at the end. */
class ResourceStressTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final long SEED = Long.getLong("resource.seed", System.nanoTime());
    private static final int USERS = 8;
    private static final int ROUNDS = 250;
    private static final NodeLimits SCARCE = new NodeLimits(3 << 20, 50, 20, 20, 12, 8);

    private final ResourcesUnderTest resources = new ResourcesUnderTest(KIT, SCARCE);
    private final List<ResourceCalls> channels = Stream.of("one", "two", "three")
            .map(name -> resources.channel(name, ChannelSpec.DEFAULT))
            .toList();
    /** By address, who has the memory. */
    private final Map<Long, AttemptId> insiders = new ConcurrentHashMap<>();

    private final Set<String> defects = ConcurrentHashMap.newKeySet();
    private final AtomicLong granted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    @Proves({"R-40", "R-47"})
    void thousandsOfRandomRequestsEndAndEverythingIsBack() throws Exception {
        // when
        Callers.values(USERS, Integer.class, User::new);

        // then nobody saw anything that must not be
        assertThat(defects).as("seed %s", SEED).isEmpty();
        assertThat(granted.get()).as("seed %s", SEED).isGreaterThan(USERS * ROUNDS / 2);
        assertThat(refused.get()).as("seed %s", SEED).isPositive();

        // then no channel holds anything
        for (ResourceCalls channel : channels) {
            assertThat(channel.metrics()).as("seed %s", SEED).allSatisfy(metrics -> {
                assertThat(metrics.totals().inUse()).isZero();
                assertThat(metrics.totals().waiters()).isZero();
                assertThat(metrics.totals().released())
                        .isEqualTo(metrics.totals().granted());
            });
            assertThat(channel.list()).extracting(ResourceView::state).containsOnly(ResourceState.RELEASED);
            assertThat(channel.isolation().violations()).isEmpty();
        }

        // then neither does the node
        var figures = resources.figures();
        assertThat(figures.inUse().values()).as("seed %s", SEED).containsOnly(0L);
        assertThat(figures.waiters()).isZero();
        assertThat(figures.buffers().total().inUseBytes()).isZero();
        assertThat(figures.buffers().total().returningBytes()).isZero();
        assertThat(figures.buffers().total().committedBytes()).isLessThanOrEqualTo(SCARCE.bufferBytes());
    }

    /** Takes up to three resources at a time and gives them back, or dies with them. */
    private final class User implements Callable<Integer> {
        private final SplittableRandom random;
        private final ResourceCalls channel;
        private final List<Handle> held = new ArrayList<>();
        private final List<Long> addresses = new ArrayList<>();
        private AttemptId attempt;

        User(int number) {
            this.random = new SplittableRandom(SEED + number);
            this.channel = channels.get(number % channels.size());
            this.attempt = new AttemptId(new JobId(number, 1), 1, 1);
        }

        @Override
        public Integer call() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                int count = random.nextInt(1, 4);
                for (int i = 0; i < count; i++) {
                    take();
                }
                observe();
                if (random.nextInt(5) == 0) {
                    die();
                } else {
                    giveBack();
                }
            }
            return ROUNDS;
        }

        private void take() throws Exception {
            if (random.nextBoolean()) {
                takeBuffer();
            } else if (ask(this::allocate) instanceof ResourceManager.Allocated(var resource, var _)) {
                granted.incrementAndGet();
                held.add(resource.handle());
            } else {
                refused.incrementAndGet();
            }
        }

        private ResourceManager.Allocate allocate(ActorRef<ManagerReply> replyTo) {
            ResourceType[] types = ResourceType.values();
            return new ResourceManager.Allocate(
                    Owners.of(attempt),
                    request(types[random.nextInt(1, types.length)], random.nextInt(1, 10)),
                    null,
                    null,
                    replyTo);
        }

        private AllocationRequest request(ResourceType type, int size) {
            return new AllocationRequest(type, size, Duration.ofMillis(random.nextInt(15)), null);
        }

        private void takeBuffer() throws Exception {
            var request = request(ResourceType.BUFFER, 1 << random.nextInt(21));
            var answer = Callers.await(AskPattern.<ResourceManager.Command, ResourceManager.BufferAnswer>ask(
                    channel.manager,
                    replyTo -> new ResourceManager.AllocateBuffer(attempt, request, replyTo),
                    PATIENCE,
                    KIT.scheduler()));
            if (answer instanceof ResourceManager.BufferGranted(Buffer(var handle, var memory))) {
                granted.incrementAndGet();
                held.add(handle);
                enter(memory);
            } else {
                refused.incrementAndGet();
            }
        }

        private void enter(MemorySegment memory) {
            addresses.add(memory.address());
            AttemptId other = insiders.putIfAbsent(memory.address(), attempt);
            if (other != null) {
                defects.add(attempt + " has the memory of " + other);
            }
            long last = memory.byteSize() - 1;
            if (memory.get(ValueLayout.JAVA_BYTE, 0) != 0 || memory.get(ValueLayout.JAVA_BYTE, last) != 0) {
                defects.add(attempt + " sees what somebody else wrote");
            }
            memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            memory.set(ValueLayout.JAVA_BYTE, last, (byte) 1);
        }

        private void leave() {
            addresses.forEach(address -> insiders.remove(address, attempt));
            addresses.clear();
        }

        private void observe() throws Exception {
            var metered = (ResourceManager.Metered) ask(ResourceManager.ShowMetrics::new);
            for (ResourceMetrics metrics : metered.metrics()) {
                var totals = metrics.totals();
                if (totals.inUse() + totals.available() != totals.limit() || totals.peak() < totals.inUse()) {
                    defects.add("the books are wrong: " + metrics);
                }
            }
        }

        private void giveBack() throws Exception {
            leave();
            while (!held.isEmpty()) {
                Handle handle = held.remove(random.nextInt(held.size()));
                var released = (ResourceManager.Released)
                        ask(replyTo -> new ResourceManager.Release(Reference.to(handle), replyTo));
                if (!released.wasHeld()) {
                    defects.add(handle.id() + " was lost");
                }
            }
        }

        /** Ends with what it holds and what it is waiting for. */
        private void die() throws Exception {
            CompletionStage<ManagerReply> unheard = send(this::allocate);
            leave();
            held.clear();
            boolean isAnythingLeft;
            do {
                isAnythingLeft = Callers.await(AskPattern.<ResourceManager.Command, ResourceManager.AllReleased>ask(
                                channel.manager,
                                replyTo -> new ResourceManager.ReleaseAll(attempt, replyTo),
                                PATIENCE,
                                KIT.scheduler()))
                        .anythingLeft();
            } while (isAnythingLeft);
            Callers.await(unheard);
            attempt = new AttemptId(attempt.job(), attempt.number() + 1, attempt.epoch() + 1);
        }

        private ManagerReply ask(Function<ActorRef<ManagerReply>, ResourceManager.Command> request) throws Exception {
            return Callers.await(send(request));
        }

        private CompletionStage<ManagerReply> send(Function<ActorRef<ManagerReply>, ResourceManager.Command> request) {
            return AskPattern.ask(channel.manager, request::apply, PATIENCE, KIT.scheduler());
        }
    }
}
