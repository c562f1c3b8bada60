package io.millrace.domain.cleanup.history;

import static io.millrace.domain.cleanup.history.BrokenPromise.unless;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.domain.cleanup.CleanupBook;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupRules;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.CleanupSnapshot;
import io.millrace.domain.cleanup.ContradictionCheck;
import io.millrace.domain.cleanup.RegisteredTask;
import io.millrace.domain.cleanup.RunCause;
import io.millrace.domain.cleanup.StepPhase;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * One history: callers register, execute, roll back and remove in any order while steps work and fail and owners crash
 * between any two changes. Then there are no more faults, everything comes to its end, and what has failed is executed
 * again or rolled back.
 */
final class RandomHistory implements Owner.Outside {
    private static final int TASKS = 7;
    private static final int EVENTS = 250;
    private static final int CALM_EVENTS_MAX = 5_000;

    private final Random random;
    private final Flaw flaw;
    private final CleanupRules rules = new CleanupRules(new ChannelName("simulated"));
    private final NaiveBooks naive = new NaiveBooks();
    private final List<Stored> journal = new ArrayList<>();
    private final Map<Integer, CleanupSnapshot> snapshots = new TreeMap<>(Map.of(0, CleanupSnapshot.EMPTY));
    private final Map<String, Long> sightings = new TreeMap<>();
    private CleanupBook storedBook = CleanupBook.empty();
    private Owner owner;
    private int owners;
    private long clock;
    private long epochs;
    private boolean isCalm;

    private record Stored(CleanupChange change, long atMillis, String node) {}

    private RandomHistory(long seed, Flaw flaw) {
        this.random = new Random(seed);
        this.flaw = flaw;
        this.owner = newOwner(CleanupBook.empty());
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
        comeToRest();
        mendWhatHasFailed();
        return sightings;
    }

    private void disturb() {
        switch (random.nextInt(20)) {
            case 0, 1 -> owner.ask(rules.register(owner.book(), randomTask()));
            case 2 -> owner.ask(rules.remove(owner.book(), randomName()));
            case 3, 4 -> execute();
            case 5 -> owner.ask(rules.rollback(owner.book(), randomName()));
            case 6 -> cleanUpBehindAnAttempt();
            case 7 -> crash();
            case 8, 9, 10 -> owner.store(1 + random.nextInt(3));
            case 11, 12, 13, 14 -> owner.endStep(true);
            default -> owner.advance();
        }
    }

    private void execute() {
        CleanupName root = randomName();
        CleanupRun underWay = owner.book().latest(root);
        if (flaw == Flaw.JOINS_NOBODY && underWay != null && underWay.isActive()) {
            owner.askWithoutJoining(underWay);
        } else if (random.nextInt(4) == 0) {
            owner.ask(rules.start(owner.book(), RunCause.CHANNEL, null));
        } else {
            owner.ask(rules.start(owner.book(), RunCause.TASK, root));
        }
    }

    private void cleanUpBehindAnAttempt() {
        long epoch = random.nextBoolean() ? ++epochs : Math.max(1, epochs);
        List<CleanupTask> declared = List.of(declared(1), declared(2, 1), declared(3), declared(4, 2, 3));
        owner.ask(rules.startForAttempt(owner.book(), new JobId(7, 7), (int) epoch, epoch, declared));
    }

    private static CleanupTask declared(int number, Integer... behind) {
        return new CleanupTask(
                name(number),
                List.of(behind).stream()
                        .map(each -> CleanupReference.local(name(each)))
                        .toList(),
                null,
                new CleanupAction.Release(ReleaseScope.LOCKS),
                null,
                null,
                number % 2 == 0,
                List.of());
    }

    private CleanupChange.Registered randomTask() {
        int number = 1 + random.nextInt(TASKS);
        List<CleanupReference> dependsOn = new ArrayList<>();
        for (int other = 1; other < number; other++) {
            if (random.nextInt(3) == 0) {
                dependsOn.add(CleanupReference.local(name(other)));
            }
        }
        Collections.shuffle(dependsOn, random);
        return new CleanupChange.Registered(
                name(number), dependsOn, List.of(), random.nextBoolean(), random.nextInt(4) > 0, new byte[0]);
    }

    private CleanupName randomName() {
        return name(1 + random.nextInt(TASKS));
    }

    private static CleanupName name(int number) {
        return new CleanupName("t" + number);
    }

    // The end

    /** Everything works from now on. */
    private void comeToRest() {
        int left = CALM_EVENTS_MAX;
        while (!owner.isIdle()) {
            unless(
                    left-- > 0,
                    () -> "executions never end: "
                            + owner.book().active().stream()
                                    .map(CleanupRun::snapshot)
                                    .toList());
            owner.advance();
            owner.store(3);
            owner.endStep(false);
        }
        unless(!naive.isAnythingOpen(), () -> "something is neither cleaned up nor rolled back");
    }

    /** What is neither cleaned up nor rolled back can be brought to one of both. */
    private void mendWhatHasFailed() {
        for (RegisteredTask task : List.copyOf(owner.book().tasks())) {
            if (!canRun(task)) {
                continue;
            }
            CleanupStatus status = owner.book().status(task.name());
            saw("Ended " + status);
            if (random.nextBoolean()) {
                owner.ask(rules.rollback(owner.book(), task.name()));
                comeToRest();
            }
            CleanupStatus rolledBack = owner.book().status(task.name());
            if (rolledBack != CleanupStatus.ROLLED_BACK) {
                owner.ask(rules.start(owner.book(), RunCause.TASK, task.name()));
                comeToRest();
                CleanupStatus executed = owner.book().status(task.name());
                unless(
                        executed == CleanupStatus.COMPLETE,
                        () -> task.name() + " was executed again and is " + executed);
            }
        }
    }

    private boolean canRun(RegisteredTask task) {
        for (CleanupReference dependency : task.dependsOn()) {
            RegisteredTask other = owner.book().task(dependency.task());
            if (other == null || !canRun(other)) {
                return false;
            }
        }
        return true;
    }

    // Owners

    private Owner newOwner(CleanupBook book) {
        owners++;
        return new Owner("n" + owners, rules, book, this, random, flaw);
    }

    /** What was not stored has never been; the next owner knows what was. */
    private void crash() {
        saw("Crash");
        CleanupBook fromTheBeginning = replay(0);
        List<Integer> places = List.copyOf(snapshots.keySet());
        CleanupBook fromASnapshot = replay(places.get(random.nextInt(places.size())));
        unless(
                fromASnapshot.snapshot().equals(fromTheBeginning.snapshot()),
                () -> "a replay depends on where it begins");
        owner = newOwner(fromASnapshot);
        owner.resume();
    }

    private CleanupBook replay(int from) {
        CleanupBook book = CleanupBook.of(snapshots.getOrDefault(from, CleanupSnapshot.EMPTY));
        for (Stored stored : journal.subList(from, journal.size())) {
            book.apply(stored.change(), stored.atMillis(), 1, stored.node());
        }
        return book;
    }

    // What owners do outside

    @Override
    public void store(CleanupChange change) {
        if (flaw == Flaw.NONE) {
            String contradiction = ContradictionCheck.find(storedBook, List.of(change));
            unless(contradiction == null, () -> "the last guard refuses " + change + ": " + contradiction);
        }
        String node = "n" + owners;
        journal.add(new Stored(change, clock, node));
        storedBook.apply(change, clock, 1, node);
        naive.stored(change);
        naive.sameAs(storedBook);
        saw(seen(change));
        if (!isCalm && random.nextInt(20) == 0) {
            snapshots.put(journal.size(), storedBook.snapshot());
        }
    }

    @Override
    public void acts(CleanupChange.StepStarted started) {
        if (started.phase() == StepPhase.ACTION) {
            naive.acts(started.run(), started.step());
        } else {
            naive.undoes(started.run(), started.step());
        }
    }

    @Override
    public long now() {
        return ++clock;
    }

    private static String seen(CleanupChange change) {
        return switch (change) {
            case CleanupChange.RunEnded ended -> "RunEnded " + ended.status();
            case CleanupChange.StepEnded ended -> "StepEnded " + ended.status();
            default -> change.getClass().getSimpleName();
        };
    }

    private void saw(String what) {
        sightings.merge(what, 1L, Long::sum);
    }
}
