package io.millrace.channel.lock;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import io.millrace.domain.Moment;
import io.millrace.domain.lock.LockChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Threads that fight for few locks and die at random. Their books, the channel's and the manager's agree at the end. */
class LockManagerStressTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final long SEED = Long.getLong("lock.seed", System.nanoTime());
    private static final int USERS = 8;
    private static final int ROUNDS = 300;
    private static final int LOCKS = 6;

    private final Map<LockName, Long> storedLeases = new ConcurrentHashMap<>();
    private final Set<String> defects = ConcurrentHashMap.newKeySet();
    private final AtomicLong storedGrants = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    private final Map<LockName, Owner> insiders = new ConcurrentHashMap<>();
    private final ActorRef<ChannelReport> channel = KIT.spawn(channel());
    private final ActorRef<LockManager.Command> manager = KIT.spawn(LockManager.create(new LockManager.Seed(
            new ChannelName("stress"),
            1,
            "node-1",
            0,
            List.of(),
            TestServices.SEALS,
            () -> new Moment(System.nanoTime(), System.currentTimeMillis()),
            new Instruments(),
            channel)));

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    @Proves({"T-44", "T-61"})
    void thousandsOfRandomRequestsEndAndTheBooksAgree() throws Exception {
        // when
        try (var threads = Executors.newFixedThreadPool(USERS)) {
            List<Callable<Void>> users = new ArrayList<>();
            for (int number = 0; number < USERS; number++) {
                users.add(new User(number));
            }
            for (Future<Void> user : threads.invokeAll(users, PATIENCE.toSeconds() * 4, TimeUnit.SECONDS)) {
                user.get();
            }
        }

        // then
        Map<String, Double> totals = ((LockManager.Totals) ask(LockManager.ShowTotals::new)).values();
        var leases = KIT.createTestProbe(LockManager.Leases.class);
        manager.tell(new LockManager.ListLeases(leases.ref()));
        assertThat(leases.receiveMessage().leases()).as("seed %s", SEED).isEmpty();
        assertThat(defects).as("seed %s", SEED).isEmpty();
        assertThat(storedLeases).as("seed %s", SEED).isEmpty();
        assertThat(totals)
                .as("seed %s", SEED)
                .containsEntry("locks.held", 0.0)
                .containsEntry("locks.waiting", 0.0)
                .containsEntry("locks.requests", (double) requests.get())
                .containsEntry("locks.granted", (double) storedGrants.get());
        assertThat(requests.get()).isGreaterThan(USERS * ROUNDS);
        assertThat(totals.getOrDefault("locks.refused", 0.0)).isPositive();
        assertThat(totals.getOrDefault("locks.timeouts", 0.0)).isPositive();
    }

    /** Stores whatever it is told to, and checks that it makes sense. */
    private Behavior<ChannelReport> channel() {
        var lastToken = new AtomicLong();
        return Behaviors.receiveMessage(report -> {
            if (report instanceof ChannelReport.LocksChanged changed) {
                changed.changes().forEach(change -> store(change, lastToken));
                changed.replyTo().tell(new LockManager.Stored(changed.number()));
            }
            return Behaviors.same();
        });
    }

    private void store(LockChange change, AtomicLong lastToken) {
        boolean isRight = switch (change) {
            case LockChange.Granted(var lease) -> {
                storedGrants.incrementAndGet();
                yield storedLeases.putIfAbsent(lease.lock(), lease.token()) == null
                        && lastToken.getAndSet(lease.token()) < lease.token();
            }
            case LockChange.Released(var lock, var token, var _) -> storedLeases.remove(lock, token);
        };
        if (!isRight) {
            defects.add("stored out of turn: " + change);
        }
    }

    private ManagerReply ask(Function<ActorRef<ManagerReply>, LockManager.Command> request) throws Exception {
        return send(request).toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private CompletionStage<ManagerReply> send(Function<ActorRef<ManagerReply>, LockManager.Command> request) {
        return AskPattern.ask(manager, request::apply, PATIENCE, KIT.scheduler());
    }

    /** Takes up to three locks at a time and gives them back, or dies with them. */
    private final class User implements Callable<Void> {
        private final int number;
        private final SplittableRandom random;
        private final List<Lease> held = new ArrayList<>();
        private AttemptId attempt;

        User(int number) {
            this.number = number;
            this.random = new SplittableRandom(SEED + number);
            this.attempt = new AttemptId(new JobId(number, 1), 1, 1);
        }

        @Override
        public Void call() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                int count = random.nextInt(1, 4);
                for (int i = 0; i < count; i++) {
                    acquire();
                }
                if (random.nextInt(5) == 0) {
                    die();
                } else {
                    releaseAll();
                }
            }
            die();
            return null;
        }

        private Owner owner() {
            return number % 2 == 0
                    ? new Owner("attempt " + attempt, attempt.job(), attempt.epoch())
                    : Owner.named("user-" + number);
        }

        private LockManager.Acquire request(ActorRef<ManagerReply> replyTo) {
            requests.incrementAndGet();
            int lock = random.nextInt(LOCKS);
            return new LockManager.Acquire(
                    owner(),
                    new LockRequest(
                            new LockName("lock-" + lock),
                            Duration.ofMillis(random.nextInt(20)),
                            null,
                            lock % 2 == 0 ? lock : null),
                    null,
                    replyTo);
        }

        private void acquire() throws Exception {
            if (ask(this::request) instanceof LockManager.Acquired(LockAnswer.Granted(var lease, var _))) {
                held.add(lease);
                Owner other = insiders.putIfAbsent(lease.lock(), lease.owner());
                if (other != null) {
                    defects.add(lease + " while " + other + " is inside");
                }
            }
        }

        private void releaseAll() throws Exception {
            while (!held.isEmpty()) {
                Lease lease = held.remove(random.nextInt(held.size()));
                insiders.remove(lease.lock());
                var released = (LockManager.Released)
                        ask(replyTo -> new LockManager.Release(lease.lock(), lease.handle(), replyTo));
                if (!released.wasHeld()) {
                    defects.add(lease + " was lost");
                }
            }
        }

        /** An attempt ends with what it holds and what it is waiting for; somebody else cannot die unnoticed. */
        private void die() throws Exception {
            if (!owner().isAttempt()) {
                releaseAll();
                return;
            }
            CompletionStage<ManagerReply> unheard = send(this::request);
            held.forEach(lease -> insiders.remove(lease.lock()));
            held.clear();
            AskPattern.<LockManager.Command, LockManager.AllReleased>ask(
                            manager, replyTo -> new LockManager.ReleaseAll(attempt, replyTo), PATIENCE, KIT.scheduler())
                    .toCompletableFuture()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            unheard.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            attempt = new AttemptId(attempt.job(), attempt.number() + 1, attempt.epoch() + 1);
        }
    }
}
