package io.millrace.domain.process.history;

import static io.millrace.domain.process.history.BrokenPromise.unless;

import io.millrace.contracts.JobId;
import io.millrace.domain.process.RunEnd;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What really runs, on all nodes. A run of a node that has lost the channel lives on until its lease ends it, unless that
 * node owns the channel again before.
 */
final class Machines {
    private final Random random;
    private final List<Live> living = new ArrayList<>();
    private final Map<Key, RunEnd> ends = new HashMap<>();

    /** A run of a process. */
    record Key(JobId id, int run) {}

    /** A run that lives. */
    static final class Live {
        final Key key;
        final String node;
        private final boolean becomesReady;
        private boolean isUp;
        private boolean isReady;
        private boolean isStopping;
        private long leaseEndMillis = Long.MAX_VALUE;

        private Live(Key key, String node, boolean becomesReady) {
            this.key = key;
            this.node = node;
            this.becomesReady = becomesReady;
        }
    }

    /** Something a run tells its node. */
    enum News {
        NOTHING,
        UP,
        READY,
        ENDED
    }

    Machines(Random random) {
        this.random = random;
    }

    /** @param hasCheck true if it tells when it is ready; now and then one never is */
    void start(Key key, String node, boolean hasCheck) {
        for (Live other : living) {
            unless(!other.key.id().equals(key.id()), () -> key + " starts beside " + other.key);
        }
        living.add(new Live(key, node, hasCheck && random.nextInt(6) > 0));
    }

    void stop(Key key) {
        living.stream().filter(each -> each.key.equals(key)).forEach(each -> each.isStopping = true);
    }

    boolean isAlive(Key key) {
        return living.stream().anyMatch(each -> each.key.equals(key));
    }

    int alive() {
        return living.size();
    }

    List<Live> of(String node) {
        return living.stream().filter(each -> each.node.equals(node)).toList();
    }

    /** A node owns the channel from here on; it renews the leases of its runs, and nobody renews the others. */
    void ownerIs(String node, long nowMillis, long leaseMillis) {
        for (Live each : living) {
            if (each.node.equals(node)) {
                each.leaseEndMillis = Long.MAX_VALUE;
            } else if (each.leaseEndMillis == Long.MAX_VALUE) {
                each.leaseEndMillis = nowMillis + random.nextLong(leaseMillis);
            }
        }
    }

    /** Leases that are over end their runs. */
    void itIs(long nowMillis) {
        living.removeIf(each -> each.leaseEndMillis <= nowMillis);
    }

    /** A new life of the owner asks for a run: it tells everything again that was not written down. */
    void adopt(Live live, boolean isUp, boolean isReady, boolean isStopping) {
        live.isUp = isUp;
        live.isReady = isReady;
        live.isStopping = isStopping;
    }

    /** How a run ended that nobody has written down yet; absent if that is not known. */
    @Nullable RunEnd end(Key key) {
        return ends.get(key);
    }

    void forget(Key key) {
        ends.remove(key);
    }

    /** The host of a node dies, and everything with it. */
    void hostDies(String node) {
        living.removeIf(each -> each.node.equals(node));
        ends.clear();
    }

    /**
     * Something happens to a run, or nothing.
     *
     * @param isTrouble true if runs may hang, and end when they like
     */
    News happensTo(Live live, long nowMillis, boolean isTrouble) {
        if (isTrouble && random.nextInt(3) == 0) {
            return News.NOTHING;
        }
        if (!live.isUp) {
            live.isUp = true;
            return News.UP;
        }
        if (live.isStopping || isTrouble && random.nextInt(3) == 0) {
            living.remove(live);
            ends.put(live.key, randomEnd(nowMillis));
            return News.ENDED;
        }
        if (live.becomesReady && !live.isReady && (!isTrouble || random.nextInt(4) > 0)) {
            live.isReady = true;
            return News.READY;
        }
        return News.NOTHING;
    }

    private RunEnd randomEnd(long nowMillis) {
        return random.nextInt(4) == 0
                ? RunEnd.signalled("SIGKILL", true, nowMillis)
                : RunEnd.exited(random.nextInt(4), false, nowMillis);
    }
}
