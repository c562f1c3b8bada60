package io.millrace.channel;

import static io.millrace.channel.fixture.Callers.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.Callers;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.lock.Lease;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many callers who want one lock at the same time, with the channel's real managers. */
class ConcurrentLocksTest {
    private static final ChannelName BUILD = new ChannelName("build");
    private static final LockName DEPLOY = new LockName("deploy");
    private static final int CALLERS = 20;
    private static final int ROUNDS = 5;

    private final OneNode node = new OneNode();
    private final Channels channels = ChannelSystem.start(
                    node.kit.system(), node.services.services(), node.journal, ManagerStarter::startAll)
            .channels();
    private final ChannelLocks locks = channels.locks();
    private final AtomicInteger inside = new AtomicInteger();
    private final Queue<Long> tokens = new ConcurrentLinkedQueue<>();

    @BeforeEach
    void createChannel() throws Exception {
        node.join();
        await(channels.put(BUILD, ChannelSpec.DEFAULT));
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    @Proves({"G-66", "G-90"})
    void oneHoldsTheLockAtATimeAndTokensRise() throws Exception {
        // when
        List<Integer> most = Callers.values(CALLERS, Integer.class, number -> () -> holdAgainAndAgain(number));

        // then
        assertThat(most).containsOnly(1);
        assertThat(new ArrayList<>(tokens)).hasSize(CALLERS * ROUNDS).isSorted().doesNotHaveDuplicates();
        assertThat(await(locks.list(BUILD))).isEmpty();
    }

    /** @return the most holders that were seen while this one held the lock */
    private int holdAgainAndAgain(int number) throws Exception {
        int most = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Lease lease = acquire(Owner.named("user-" + number));
            most = Math.max(most, inside.incrementAndGet());
            tokens.add(lease.token());
            inside.decrementAndGet();
            assertThat(await(locks.release(BUILD, DEPLOY, lease.handle()))).isTrue();
        }
        return most;
    }

    private Lease acquire(Owner owner) throws Exception {
        var request = new LockRequest(DEPLOY, Duration.ofSeconds(20), null, null);
        return ((LockAnswer.Granted) await(locks.acquire(BUILD, owner, request, null))).lease();
    }
}
