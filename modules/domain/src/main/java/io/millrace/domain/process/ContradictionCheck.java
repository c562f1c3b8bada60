package io.millrace.domain.process;

import io.millrace.contracts.process.ProcessState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last guard before changes of processes become true: each must be possible behind those before it. A change that is
 * not is a defect of whoever decided it.
 */
public final class ContradictionCheck {
    private ContradictionCheck() {}

    /** What is impossible about the first change that is, for an operator; absent if all of them are possible. */
    public static @Nullable String find(ProcessBook book, List<ProcessChange> changes) {
        ProcessBook behind = changes.size() == 1 ? book : ProcessBook.of(book.snapshot());
        for (ProcessChange change : changes) {
            String contradiction = whyNot(behind, change);
            if (contradiction != null) {
                return "the process " + change.process().name() + " " + contradiction;
            }
            if (changes.size() > 1) {
                behind.apply(change, 0);
            }
        }
        return null;
    }

    private static @Nullable String whyNot(ProcessBook book, ProcessChange change) {
        ProcessEntry process = book.process(change.process().id());
        if (change instanceof ProcessChange.Registered registered) {
            boolean isNew = process == null && book.process(registered.spec().name()) == null;
            return isNew ? null : "is registered already";
        }
        if (process == null) {
            return "is not registered";
        }
        String contradiction = switch (change) {
            case ProcessChange.Registered _ -> throw new IllegalStateException("handled before");
            case ProcessChange.StartRequested(var _, var reopens) -> mayBeStarted(process, reopens);
            case ProcessChange.Cancelled _ ->
                process.phase() instanceof ProcessPhase.Waiting ? null : "cannot be cancelled";
            case ProcessChange.Removed _ -> process.hasEnded() ? null : "cannot be removed";
            case ProcessChange.RunStarted started -> runStarted(process, started);
            case ProcessChange.OfRun ofRun -> ofRun(process, ofRun);
        };
        return contradiction == null ? null : contradiction + " while it is " + process.phase();
    }

    private static @Nullable String mayBeStarted(ProcessEntry process, boolean reopens) {
        boolean isPossible = reopens ? process.hasEnded() : process.phase() instanceof ProcessPhase.Waiting;
        return isPossible ? null : "cannot be started";
    }

    private static @Nullable String runStarted(ProcessEntry process, ProcessChange.RunStarted started) {
        ProcessRun latest = process.run();
        int expected = latest == null ? 1 : latest.number() + 1;
        return process.phase() instanceof ProcessPhase.Waiting && started.run() == expected
                ? null
                : "cannot begin run " + started.run();
    }

    private static @Nullable String ofRun(ProcessEntry process, ProcessChange.OfRun change) {
        ProcessRun run = process.runUnderWay();
        if (run == null || run.number() != change.run()) {
            return "has no run " + change.run() + " under way";
        }
        return switch (change) {
            case ProcessChange.RunStarted _ -> throw new IllegalStateException("handled before");
            case ProcessChange.RunUp _ -> run.isUp() ? "is up already" : null;
            case ProcessChange.LineWritten _ ->
                run.isUp() && run.lineAtMillis() == null ? null : "cannot write its line";
            case ProcessChange.BecameReady _ -> run.isUp() && !run.isReady() ? null : "cannot become ready";
            case ProcessChange.SignalSent _ -> run.isUp() ? null : "cannot get a signal";
            case ProcessChange.StopRequested(var _, var _, var cause) ->
                process.phase() instanceof ProcessPhase.Stopping stopping && stopping.cause() == cause
                        ? "is being stopped for the same reason"
                        : null;
            case ProcessChange.RunEnded ended -> ended(process, run, ended);
        };
    }

    private static @Nullable String ended(ProcessEntry process, ProcessRun run, ProcessChange.RunEnded ended) {
        boolean hasStatus =
                ended.end().kind() == RunEnd.Kind.EXITED || ended.end().kind() == RunEnd.Kind.SIGNALLED;
        if (hasStatus && !run.isUp()) {
            return "has never been up and cannot end with a status";
        }
        boolean isWaiting = ended.next() == ProcessState.PENDING;
        boolean isLegal = isWaiting || ended.next().isEnded() && process.state().mayBecome(ended.next());
        return isLegal && (isWaiting || ended.restart() == null) ? null : "cannot become " + ended.next();
    }
}
