package io.millrace.domain.process.history;

import static io.millrace.domain.process.history.BrokenPromise.unless;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.domain.Moment;
import io.millrace.domain.process.ContradictionCheck;
import io.millrace.domain.process.Ownership;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRules;
import io.millrace.domain.process.ProcessSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One history: users register, stop, restart and remove in any order while runs come up, hang and end, hosts die and owners
 * crash between any two changes. Then there are no more faults, nothing is forgotten, and everything is stopped in order.
 */
final class RandomHistory implements Owner.Outside {
    private static final int NAMES = 6;
    private static final int EVENTS = 250;
    private static final int CALM_EVENTS_MAX = 2_000;
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Duration START_TIMEOUT = Duration.ofSeconds(5);

    private final Random random;
    private final Flaw flaw;
    private final ProcessRules rules = new ProcessRules(new ChannelName("simulated"));
    private final NaiveProcesses naive = new NaiveProcesses();
    private final Machines machines;
    private final List<Stored> journal = new ArrayList<>();
    private final Map<Integer, ProcessSnapshot> snapshots = new TreeMap<>(Map.of(0, ProcessSnapshot.EMPTY));
    private final Map<String, Long> sightings = new TreeMap<>();
    private final ProcessBook storedBook = ProcessBook.empty();
    private Owner owner;
    private long clockMillis = 1_000_000;
    private long ids;
    private long epochs;
    private boolean isCalm;

    private record Stored(ProcessChange change, long atMillis) {}

    private RandomHistory(long seed, Flaw flaw) {
        this.random = new Random(seed);
        this.flaw = flaw;
        this.machines = new Machines(random);
        this.owner = newOwner("n1", ProcessBook.empty());
    }

    /**
     * @return what was met how often
     * @throws BrokenPromise if something did not hold; the message names the seed
     */
    static Map<String, Long> run(long seed, Flaw flaw) {
        try {
            return new RandomHistory(seed, flaw).run();
        } catch (BrokenPromise | IllegalStateException | NullPointerException broken) {
            BrokenPromise named = new BrokenPromise("Seed " + seed + ": " + broken.getMessage());
            named.initCause(broken);
            throw named;
        }
    }

    private Map<String, Long> run() {
        for (int i = 0; i < EVENTS; i++) {
            disturb();
        }
        isCalm = true;
        letEverythingComeUp();
        stopEverything();
        return sightings;
    }

    private void disturb() {
        switch (random.nextInt(24)) {
            case 0, 1, 2 -> owner.wish(rules.register(owner.book(), new JobId(7, ++ids), randomSpec(), null, null));
            case 3 -> withRandomProcess(process -> owner.wish(rules.stop(process)));
            case 4 -> withRandomProcess(process -> owner.wish(rules.restart(process)));
            case 5 -> withRandomProcess(process -> owner.wish(rules.remove(process)));
            case 6 -> crash();
            case 7 -> hostDies();
            case 8, 9, 10, 11 -> owner.store(1 + random.nextInt(4));
            case 12, 13, 14, 15, 16 -> machineActs();
            case 17, 18 -> pass(random.nextInt(2_000));
            case 19 -> pass(Math.min(owner.millisUntilNext(), 10_000));
            default -> owner.goOn();
        }
    }

    private void withRandomProcess(Consumer<ProcessEntry> action) {
        ProcessEntry process = owner.book().process(name(1 + random.nextInt(NAMES)));
        if (process != null) {
            action.accept(process);
        }
    }

    private ProcessSpec randomSpec() {
        List<ProcessDependency> dependsOn = new ArrayList<>();
        for (int other = 1; other <= NAMES; other++) {
            if (random.nextInt(6) == 0) {
                dependsOn.add(new ProcessDependency(name(other), randomOf(ProcessDependency.Condition.values())));
            }
        }
        RestartPolicy restart = new RestartPolicy(
                randomOf(RestartPolicy.Mode.values()),
                Duration.ofSeconds(1),
                2,
                Duration.ofSeconds(6),
                random.nextInt(3),
                Duration.ofSeconds(4));
        @Nullable Readiness ready = random.nextBoolean() ? null : new Readiness.Tcp("127.0.0.1", 3000);
        return new ProcessSpec(
                name(1 + random.nextInt(NAMES)),
                List.of("serve"),
                null,
                null,
                Map.of(),
                restart,
                ready,
                START_TIMEOUT,
                StopPolicy.DEFAULT,
                List.of(3),
                dependsOn,
                false,
                false,
                Map.of());
    }

    private <T> T randomOf(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private static ProcessName name(int number) {
        return new ProcessName("p" + number);
    }

    private void pass(long millis) {
        clockMillis += millis;
        machines.itIs(clockMillis);
    }

    private void machineActs() {
        List<Machines.Live> here = machines.of(owner.node());
        if (here.isEmpty()) {
            return;
        }
        Machines.Live live = here.get(random.nextInt(here.size()));
        switch (machines.happensTo(live, clockMillis, !isCalm)) {
            case UP -> owner.up(live.key);
            case READY -> owner.ready(live.key);
            case ENDED -> owner.ended(live.key, Objects.requireNonNull(machines.end(live.key)));
            case NOTHING -> {
                // It goes on as it is.
            }
        }
    }

    private void hostDies() {
        if (random.nextInt(3) > 0) {
            return;
        }
        saw("Host died");
        List<Machines.Live> here = machines.of(owner.node());
        machines.hostDies(owner.node());
        here.forEach(live -> owner.lost(live.key));
    }

    // The end

    /** Everything works from now on. */
    private void letEverythingComeUp() {
        long until = clockMillis + TimeUnit.MINUTES.toMillis(1);
        while (clockMillis < until) {
            owner.goOn();
            owner.store(100);
            machineActs();
            pass(Math.clamp(owner.millisUntilNext(), 1, 100));
        }
        settle();
        unless(owner.millisUntilNext() > 0, () -> "something is due and nothing follows");
        naive.nothingIsForgotten(storedBook, clockMillis, owner.node());
    }

    /** Until nothing follows at this moment. */
    private void settle() {
        for (int before = -1; journal.size() > before; ) {
            before = journal.size();
            owner.goOn();
            owner.store(100);
        }
    }

    private void stopEverything() {
        naive.stopsEverything();
        for (int i = 0; owner.book().live() > 0 || !owner.hasStoredEverything(); i++) {
            int events = i;
            unless(
                    events < CALM_EVENTS_MAX,
                    () -> "not everything is stopped: " + owner.book().snapshot());
            owner.stopAll();
            owner.store(3);
            machineActs();
            owner.goOn();
            pass(50);
        }
        unless(machines.alive() == 0, () -> machines.alive() + " runs have outlived their processes");
    }

    // Owners

    private Owner newOwner(String node, ProcessBook book) {
        long others = flaw == Flaw.WAITS_FOR_NO_LEASE ? 0 : LEASE.toNanos();
        return new Owner(rules, book, new Ownership(node, "host of " + node, now().nanos(), others), this, flaw);
    }

    /** What was not stored has never been; the next owner knows what was. */
    private void crash() {
        String node = "n" + (1 + random.nextInt(3));
        saw(node.equals(owner.node()) ? "Same owner again" : "Another owner");
        ProcessBook fromTheBeginning = replay(0);
        List<Integer> places = List.copyOf(snapshots.keySet());
        ProcessBook fromASnapshot = replay(places.get(random.nextInt(places.size())));
        unless(
                fromASnapshot.snapshot().equals(fromTheBeginning.snapshot())
                        && fromASnapshot.snapshot().equals(storedBook.snapshot()),
                () -> "a replay depends on where it begins");
        machines.ownerIs(node, clockMillis, LEASE.toMillis());
        owner = newOwner(node, fromASnapshot);
        owner.resume(machines);
    }

    private ProcessBook replay(int from) {
        ProcessBook book = ProcessBook.of(snapshots.getOrDefault(from, ProcessSnapshot.EMPTY));
        journal.subList(from, journal.size()).forEach(stored -> book.apply(stored.change(), stored.atMillis()));
        return book;
    }

    // What owners do outside

    @Override
    public Moment now() {
        return new Moment(TimeUnit.MILLISECONDS.toNanos(clockMillis), clockMillis);
    }

    @Override
    public ProcessChange store(ProcessChange change, long atMillis) {
        ProcessChange stored =
                change instanceof ProcessChange.RunStarted started ? started.withEpoch(nextEpoch()) : change;
        if (flaw == Flaw.NONE) {
            String contradiction = ContradictionCheck.find(storedBook, List.of(stored));
            unless(contradiction == null, () -> "the last guard refuses " + stored + ": " + contradiction);
        }
        if (stored instanceof ProcessChange.RunEnded ended) {
            Machines.Key run = new Machines.Key(ended.process().id(), ended.run());
            unless(!machines.isAlive(run), () -> run + " is said to have ended and lives");
        }
        checkEdge(stored, atMillis);
        journal.add(new Stored(stored, atMillis));
        naive.stored(stored, atMillis, owner.node());
        naive.sameAs(storedBook);
        saw(seen(stored));
        if (!isCalm && random.nextInt(20) == 0) {
            snapshots.put(journal.size(), storedBook.snapshot());
        }
        return stored;
    }

    private long nextEpoch() {
        epochs += flaw == Flaw.REPEATS_EPOCHS && random.nextBoolean() ? 0 : 1;
        return epochs;
    }

    private void checkEdge(ProcessChange change, long atMillis) {
        ProcessEntry before = storedBook.process(change.process().id());
        storedBook.apply(change, atMillis);
        ProcessEntry after = storedBook.process(change.process().id());
        if (before != null && after != null && before.state() != after.state()) {
            unless(before.state().mayBecome(after.state()), () -> before.state() + " becomes " + after.state());
            saw(before.state() + " to " + after.state());
        }
    }

    @Override
    public void starts(ProcessChange.RunStarted started) {
        Machines.Key run = new Machines.Key(started.process().id(), started.run());
        naive.starts(run, started.epoch());
        ProcessEntry process = owner.book().process(started.process().id());
        boolean hasCheck = process != null && process.spec().ready() != null;
        machines.start(run, started.node(), hasCheck);
    }

    @Override
    public void stops(Machines.Key run) {
        machines.stop(run);
    }

    @Override
    public void forgets(Machines.Key run) {
        machines.forget(run);
    }

    private static String seen(ProcessChange change) {
        return switch (change) {
            case ProcessChange.RunEnded ended -> "RunEnded " + ended.end().kind() + " " + ended.next();
            case ProcessChange.StopRequested stop -> "StopRequested " + stop.cause();
            default -> change.getClass().getSimpleName();
        };
    }

    private void saw(String what) {
        sightings.merge(what, 1L, Long::sum);
    }
}
