package io.millrace.domain.channel.simulation;

import io.millrace.contracts.JobId;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.Decision;
import io.millrace.domain.channel.SubmittedJob;
import java.util.List;
import java.util.stream.Collectors;

/** Short words for a trace. Jobs are shown by number ({@code #7}), attempts by epoch ({@code e12}). */
final class Brief {
    private Brief() {}

    static String job(JobId id) {
        return "#" + id.low();
    }

    static String jobs(List<JobId> ids) {
        return ids.stream().map(Brief::job).collect(Collectors.joining(" "));
    }

    static String events(List<ChannelEvent> events) {
        return events.stream().map(Brief::event).collect(Collectors.joining(", ", "[", "]"));
    }

    static String event(ChannelEvent event) {
        String name = event.getClass().getSimpleName();
        return switch (event) {
            case ChannelEvent.JobsSubmitted e -> name + " " + submitted(e.jobs()) + " " + e.idempotencyKey();
            case ChannelEvent.JobsDue e -> name + " " + jobs(e.jobs());
            case ChannelEvent.AttemptStarted e -> name + " " + job(e.job()) + " e" + e.epoch() + " on " + e.node();
            case ChannelEvent.CancelRequested e -> name + " " + job(e.job());
            case ChannelEvent.AttemptEnded e ->
                name + " " + job(e.job()) + " e" + e.epoch() + " " + outcome(e.outcome()) + " -> " + e.next();
            case ChannelEvent.JobsEnded e -> name + " " + jobs(e.jobs()) + " -> " + e.state();
            case ChannelEvent.JobRetried e -> name + " " + job(e.job().id());
            case ChannelEvent.LateResultRecorded e -> name + " " + job(e.job()) + " e" + e.epoch();
            case ChannelEvent.LockGranted e -> name + " " + e.lock() + " t" + e.token();
            case ChannelEvent.LockReleased e -> name + " " + e.lock() + " t" + e.token() + " " + e.reason();
            case ChannelEvent.OwnershipTaken e -> name + " " + e.incarnation() + " by " + e.node();
            default -> name;
        };
    }

    static String command(ChannelCommand command) {
        String name = command.getClass().getSimpleName();
        return switch (command) {
            case ChannelCommand.Submit c -> name + " " + submitted(c.jobs()) + " " + c.idempotencyKey();
            case ChannelCommand.EndAttempt c ->
                name + " " + job(c.job()) + " e" + c.epoch() + " " + outcome(c.outcome());
            case ChannelCommand.Cancel c -> name + " " + job(c.job());
            case ChannelCommand.Retry c -> name + " " + job(c.ended().id());
            default -> name;
        };
    }

    static String decision(Decision decision) {
        return switch (decision) {
            case Decision.Accepted accepted -> events(accepted.events());
            case Decision.Refused refused -> "refused, " + refused.problem().detail();
            case Decision.Replayed replayed -> "known, " + jobs(replayed.jobs());
        };
    }

    static String answer(Answer answer) {
        return switch (answer) {
            case Answer.Done done -> "done " + events(done.events());
            case Answer.SameJobs same -> "known, " + jobs(same.jobs());
            case Answer.Refused refused -> "refused, " + refused.problem().detail();
            case Answer.Unknown _ -> "unknown";
        };
    }

    private static String submitted(List<SubmittedJob> jobs) {
        return jobs(jobs.stream().map(SubmittedJob::id).toList());
    }

    private static String outcome(AttemptOutcome outcome) {
        return outcome.kind().toString();
    }
}
