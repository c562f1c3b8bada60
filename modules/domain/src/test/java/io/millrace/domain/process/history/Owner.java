package io.millrace.domain.process.history;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.domain.Moment;
import io.millrace.domain.process.Ownership;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessDecision;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessPhase;
import io.millrace.domain.process.ProcessRules;
import io.millrace.domain.process.ProcessRun;
import io.millrace.domain.process.RunEnd;
import io.millrace.domain.process.StopCause;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What the service manager of one life of the channel does: decides, has it stored in that order, and acts when it is. Its
 * book is ahead of what is stored.
 */
final class Owner {
    private static final Problem UNKNOWN =
            Problem.of(ErrorCode.NOT_FOUND, "ProcessHost", "The process host knows of no such run.");
    private static final long FAR_MILLIS = TimeUnit.HOURS.toMillis(1);

    private final ProcessRules rules;
    private final ProcessBook book;
    private final Ownership ownership;
    private final Outside outside;
    private final Flaw flaw;
    private final ArrayDeque<Decided> unstored = new ArrayDeque<>();

    private record Decided(ProcessChange change, long atMillis) {}

    /** Everything around an owner. */
    interface Outside {
        Moment now();

        /** Gives the change as it is stored. */
        ProcessChange store(ProcessChange change, long atMillis);

        void starts(ProcessChange.RunStarted started);

        void stops(Machines.Key run);

        void forgets(Machines.Key run);
    }

    Owner(ProcessRules rules, ProcessBook book, Ownership ownership, Outside outside, Flaw flaw) {
        this.rules = rules;
        this.book = book;
        this.ownership = ownership;
        this.outside = outside;
        this.flaw = flaw;
    }

    ProcessBook book() {
        return book;
    }

    String node() {
        return ownership.node();
    }

    boolean hasStoredEverything() {
        return unstored.isEmpty();
    }

    // Deciding

    void wish(ProcessDecision decision) {
        if (decision instanceof ProcessDecision.Accepted(var changes)) {
            decide(changes);
        }
    }

    void goOn() {
        decide(flawed(rules.next(book, ownership, outside.now())));
    }

    /** How long nothing follows by itself. */
    long millisUntilNext() {
        return rules.millisUntilNext(book, ownership, outside.now());
    }

    void stopAll() {
        decide(flaw == Flaw.STOPS_IN_ANY_ORDER ? stopAtOnce() : rules.stopNext(book));
    }

    void up(Machines.Key run) {
        decide(rules.up(entry(run), run.run(), 4_711, outside.now().millis()));
    }

    void ready(Machines.Key run) {
        decide(rules.ready(entry(run), run.run()));
    }

    void ended(Machines.Key run, RunEnd end) {
        RunEnd told = flaw == Flaw.CALLS_EVERYTHING_SUCCESS ? RunEnd.exited(0, false, end.atMillis()) : end;
        decide(rules.ended(flawed(entry(run)), told, outside.now()));
    }

    void lost(Machines.Key run) {
        ended(run, RunEnd.interrupted(UNKNOWN, outside.now().millis()));
    }

    /** Asks the machine of its own node for the runs that it finds. */
    void resume(Machines machines) {
        for (ProcessEntry process : rules.toAdopt(book, ownership)) {
            ProcessRun run = Objects.requireNonNull(process.runUnderWay());
            Machines.Key key = new Machines.Key(process.id(), run.number());
            RunEnd end = machines.end(key);
            if (flaw == Flaw.ADOPTS_NOTHING || !machines.isAlive(key) && end == null) {
                lost(key);
            } else if (end != null) {
                if (!run.isUp()) {
                    up(key);
                }
                ended(key, end);
            } else {
                boolean isStopping = process.phase() instanceof ProcessPhase.Stopping;
                machines.of(node()).stream()
                        .filter(live -> live.key.equals(key))
                        .forEach(live -> machines.adopt(live, run.isUp(), run.isReady(), isStopping));
            }
        }
    }

    private ProcessEntry entry(Machines.Key run) {
        return Objects.requireNonNull(book.process(run.id()), () -> "no process of " + run);
    }

    private void decide(List<ProcessChange> changes) {
        long now = outside.now().millis();
        for (ProcessChange change : changes) {
            book.apply(change, now);
            unstored.addLast(new Decided(change, now));
            if (flaw == Flaw.STARTS_BEFORE_STORED && change instanceof ProcessChange.RunStarted started) {
                outside.starts(started);
            }
        }
    }

    // Storing

    /** Everything it decided up to here becomes true, one after the other, at most so many; and it acts on it. */
    void store(int most) {
        for (int i = 0; i < most && !unstored.isEmpty(); i++) {
            Decided next = unstored.removeFirst();
            act(outside.store(next.change(), next.atMillis()));
        }
    }

    private void act(ProcessChange stored) {
        switch (stored) {
            case ProcessChange.RunStarted started -> {
                book.epochGiven(started);
                if (flaw != Flaw.STARTS_BEFORE_STORED) {
                    outside.starts(started);
                }
            }
            case ProcessChange.StopRequested stop -> outside.stops(key(stop));
            case ProcessChange.RunEnded ended -> outside.forgets(key(ended));
            default -> {
                // Nothing outside depends on it.
            }
        }
    }

    private static Machines.Key key(ProcessChange.OfRun change) {
        return new Machines.Key(change.process().id(), change.run());
    }

    // Flaws

    private List<ProcessChange> flawed(List<ProcessChange> changes) {
        List<ProcessChange> flawed = new ArrayList<>(changes);
        switch (flaw) {
            case FORGETS_START_TIMEOUTS -> flawed.removeIf(ProcessChange.StopRequested.class::isInstance);
            case IGNORES_DEPENDENCIES -> {
                if (changes.isEmpty()) {
                    flawed.addAll(startsWithout(outside.now().millis()));
                }
            }
            case WAITS_FOR_NO_DELAY -> {
                if (changes.isEmpty()) {
                    Moment far = new Moment(outside.now().nanos(), outside.now().millis() + FAR_MILLIS);
                    rules.next(book, ownership, far).stream()
                            .filter(ProcessChange.RunStarted.class::isInstance)
                            .forEach(flawed::add);
                }
            }
            default -> {
                // Lies elsewhere.
            }
        }
        return flawed;
    }

    private List<ProcessChange> startsWithout(long nowMillis) {
        List<ProcessChange> starts = new ArrayList<>();
        for (ProcessEntry process : book.processes()) {
            if (process.phase() instanceof ProcessPhase.Waiting(var _, var notBefore, var _)
                    && notBefore <= nowMillis) {
                int latest = process.run() == null ? 0 : process.run().number();
                starts.add(new ProcessChange.RunStarted(process.ref(), latest + 1, 0, node(), "host of " + node()));
            }
        }
        return starts;
    }

    private List<ProcessChange> stopAtOnce() {
        List<ProcessChange> stops = new ArrayList<>();
        for (ProcessEntry process : book.processes()) {
            if (rules.stop(process) instanceof ProcessDecision.Accepted(var changes)) {
                stops.addAll(changes);
            }
        }
        return stops;
    }

    private ProcessEntry flawed(ProcessEntry process) {
        boolean isStopped =
                process.phase() instanceof ProcessPhase.Stopping(var _, var cause) && cause == StopCause.USER;
        ProcessPhase phase = flaw == Flaw.RESTARTS_WHAT_WAS_STOPPED && isStopped
                ? new ProcessPhase.Running(process.phase().sinceMillis())
                : process.phase();
        int inRow = flaw == Flaw.FORGETS_THE_ROW ? 0 : process.restartsInRow();
        return new ProcessEntry(
                process.id(),
                process.spec(),
                process.createdAtMillis(),
                process.restarts(),
                inRow,
                process.shortRunsInRow(),
                process.run(),
                phase);
    }
}
