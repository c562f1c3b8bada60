package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.incident.IncidentTeller;
import io.millrace.channel.incident.IncidentTeller.Text;
import io.millrace.channel.thread.Holding;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.RunCause;
import java.util.Locale;

/** Which cleanups need a person (contract rows C-47, C-49 and R-38). */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupIncidents {
    private static final String ISOLATION = "cleanup";
    private static final String DELETION = "deletion";
    private static final String WHOLE_CHANNEL = "channel";

    private final IncidentTeller teller;
    private final String node;

    CleanupIncidents(CleanupManager.Seed seed) {
        this.node = seed.services().node();
        this.teller = new IncidentTeller(
                seed.channel(), node, () -> seed.clock().get().instant(), seed.reports());
    }

    /**
     * An execution is as it is stored now; telling it again, also in a later life of the channel, changes nothing. What
     * cleans up behind an attempt is told with what else the attempt left behind.
     */
    void tell(CleanupRun run) {
        if (!run.isOfRegisteredTasks()) {
            return;
        }
        switch (run.status()) {
            case NEEDS_OPERATOR -> rollbackFailed(run);
            case FAILED, COMPLETE_WITH_FAILURES -> failed(run);
            case COMPLETE, ROLLED_BACK -> over(run);
            case RUNNING, NOT_STARTED -> {}
        }
    }

    private void rollbackFailed(CleanupRun run) {
        teller.seen(
                IncidentKind.ROLLBACK_FAILED,
                subjectOf(run),
                IncidentSeverity.CRITICAL,
                occurrenceOf(run),
                new Text(
                        "A cleanup could not be rolled back",
                        named(run) + " is neither cleaned up nor as it was: " + CleanupViews.failures(run),
                        "Look at what its steps have done, put it right by hand, then execute the cleanup again."));
    }

    /** That of a deletion is told by {@link #notDeleted}. */
    private void failed(CleanupRun run) {
        if (run.cause() != RunCause.DELETION) {
            teller.seen(
                    IncidentKind.CLEANUP_FAILED,
                    subjectOf(run),
                    IncidentSeverity.HIGH,
                    occurrenceOf(run),
                    new Text(
                            "A cleanup did not complete",
                            named(run) + " has ended " + run.status() + ", after steps that may be repeated were tried "
                                    + "again: " + CleanupViews.failures(run),
                            "Remove the cause, then execute the cleanup again, or roll it back. What it withheld stays"
                                    + " so until then."));
        }
    }

    private void over(CleanupRun run) {
        String note = named(run) + (run.status() == CleanupStatus.COMPLETE ? " has completed." : " was rolled back.");
        teller.over(IncidentKind.CLEANUP_FAILED, subjectOf(run), note);
        if (run.status() == CleanupStatus.COMPLETE) {
            teller.over(IncidentKind.ROLLBACK_FAILED, subjectOf(run), note);
            teller.over(IncidentKind.ISOLATION_BREACHED, ISOLATION, note);
        }
    }

    /** An execution found the channel not isolated, and stopped. */
    void breached(CleanupRun run) {
        teller.seen(
                IncidentKind.ISOLATION_BREACHED,
                ISOLATION,
                IncidentSeverity.CRITICAL,
                occurrenceOf(run),
                new Text(
                        "A cleanup found that its channel is not isolated",
                        named(run)
                                + " was stopped before it released anything, and is rolled back if its steps can be: "
                                + CleanupViews.failures(run),
                        "Find out whose it is before anything is released. Then execute the cleanup again; one that "
                                + "completes shows that the channel is isolated."));
    }

    /** The channel that is to be deleted is still there. */
    void notDeleted(String occurrence, String why) {
        teller.seen(
                IncidentKind.DELETION_FAILED,
                DELETION,
                IncidentSeverity.MEDIUM,
                "deletion/" + occurrence,
                new Text(
                        "A channel could not be deleted",
                        "Its cleanup has failed: " + why,
                        "Mend or remove the task that has failed, then delete the channel again."));
    }

    void deletionGoesOn() {
        teller.over(IncidentKind.DELETION_FAILED, DELETION, "The channel is being deleted again, or is gone.");
    }

    /** Something of an attempt could not be returned, though it was tried again. */
    void leftBehind(AttemptId attempt, Holding holding, String failure) {
        String what = holding.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        teller.seen(
                IncidentKind.CLEANUP_FAILED,
                "attempts: " + what,
                IncidentSeverity.HIGH,
                "attempt/" + attempt,
                new Text(
                        "An attempt left something behind",
                        "Attempt " + attempt.number() + " of job " + attempt.job() + ": " + failure,
                        "Remove it by hand on node " + node + ". If it happens again, find out what keeps its " + what
                                + "."));
    }

    /** The channel is gone. */
    void forgetAll() {
        teller.allOver("The channel was deleted.");
    }

    private static String subjectOf(CleanupRun run) {
        return run.root() == null ? WHOLE_CHANNEL : run.root().value();
    }

    private static String named(CleanupRun run) {
        return "Execution " + run.number()
                + (run.root() == null ? " of the whole channel" : " of '" + run.root() + "'");
    }

    private static String occurrenceOf(CleanupRun run) {
        return "cleanup/" + run.number() + "/" + run.startedAtMillis();
    }
}
