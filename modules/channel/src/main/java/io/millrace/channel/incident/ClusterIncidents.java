package io.millrace.channel.incident;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Page;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentQuery;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.incident.IncidentView;
import io.millrace.contracts.incident.Incidents;
import io.millrace.domain.Limits;
import io.millrace.domain.incident.IncidentPosition;
import io.millrace.domain.incident.IncidentViews;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;

/** Asks the incident manager, wherever it is. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public final class ClusterIncidents implements Incidents {
    private static final String COMPONENT = "IncidentManager";

    private final ActorRef<IncidentManager.Command> manager;
    private final Scheduler scheduler;

    public ClusterIncidents(ActorRef<IncidentManager.Command> manager, Scheduler scheduler) {
        this.manager = manager;
        this.scheduler = scheduler;
    }

    @Override
    public CompletionStage<UUID> add(IncidentReport report) {
        return this.<IncidentManager.Filed>ask(replyTo -> new IncidentManager.File(report, replyTo))
                .thenApply(IncidentManager.Filed::incident);
    }

    @Override
    public CompletionStage<Optional<IncidentView>> get(UUID incident) {
        return this.<IncidentManager.Shown>ask(replyTo -> new IncidentManager.Show(incident, replyTo))
                .thenApply(shown -> Optional.ofNullable(shown.incident()));
    }

    @Override
    public CompletionStage<List<IncidentView>> all() {
        return list(new IncidentQuery(null, null, null, Limits.INCIDENTS_MAX, null))
                .thenApply(Page::items);
    }

    @Override
    public CompletionStage<Page<IncidentView>> list(IncidentQuery query) {
        String token = query.pageToken();
        Optional<IncidentPosition> after = token == null ? Optional.empty() : IncidentPosition.parse(token);
        if (token != null && after.isEmpty()) {
            return CompletableFuture.failedStage(notATokenOfThisList().asException());
        }
        return gather(query, List.of(), after.orElse(null));
    }

    /** One message has only so many of them. */
    private CompletionStage<Page<IncidentView>> gather(
            IncidentQuery query, List<IncidentView> soFar, @Nullable IncidentPosition after) {
        int missing = query.pageSize() - soFar.size();
        return this.<IncidentManager.Listed>ask(replyTo -> new IncidentManager.ListSome(
                        query.state(), query.channel(), query.priority(), after, missing, replyTo))
                .thenCompose(listed -> {
                    List<IncidentView> items = new ArrayList<>(soFar);
                    items.addAll(listed.incidents());
                    if (!listed.hasMore()) {
                        return CompletableFuture.completedStage(new Page<>(items, null));
                    }
                    IncidentPosition end = IncidentViews.positionOf(items.getLast());
                    return items.size() >= query.pageSize()
                            ? CompletableFuture.completedStage(new Page<>(items, end.toString()))
                            : gather(query, items, end);
                });
    }

    @Override
    public CompletionStage<IncidentView> act(UUID incident, IncidentAction action, String by, String note) {
        return changed(replyTo -> new IncidentManager.Act(incident, action, by, note, replyTo));
    }

    @Override
    public CompletionStage<IncidentView> merge(UUID incident, UUID into, String by, String note) {
        return changed(replyTo -> new IncidentManager.Merge(incident, into, by, note, replyTo));
    }

    @Override
    public CompletionStage<Boolean> remove(UUID incident) {
        return this.<IncidentManager.Removed>ask(replyTo -> new IncidentManager.Remove(incident, replyTo))
                .thenApply(IncidentManager.Removed::wasThere);
    }

    private CompletionStage<IncidentView> changed(
            Function<ActorRef<IncidentManager.Answer>, IncidentManager.Request> request) {
        return this.<IncidentManager.Changed>ask(request).thenApply(IncidentManager.Changed::incident);
    }

    @SuppressWarnings("unchecked") // Each request has one kind of answer beside a refusal, which is thrown here.
    private <R extends IncidentManager.Answer> CompletionStage<R> ask(
            Function<ActorRef<IncidentManager.Answer>, IncidentManager.Request> request) {
        Duration timeout = Limits.ASK_TIMEOUT;
        CompletionStage<IncidentManager.Answer> answer = AskPattern.ask(manager, request::apply, timeout, scheduler);
        return answer.exceptionallyCompose(failure -> CompletableFuture.failedStage(noAnswer(failure, timeout)))
                .thenApply(reply -> {
                    if (reply instanceof IncidentManager.Refused(var problem)) {
                        throw problem.asException();
                    }
                    return (R) reply;
                });
    }

    private static Throwable noAnswer(Throwable failure, Duration timeout) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof TimeoutException
                ? Problem.of(
                                ErrorCode.UNAVAILABLE,
                                COMPONENT,
                                "The incident manager of the cluster did not answer within " + timeout.toSeconds()
                                        + " s; it may be moving to another node. Whether it did what it was asked is "
                                        + "unknown. Look at the incident, then try again.")
                        .retryAfter(Duration.ofSeconds(5))
                        .asException()
                : cause;
    }

    private static Problem notATokenOfThisList() {
        return Problem.of(
                ErrorCode.INVALID_ARGUMENT,
                COMPONENT,
                "The page token is none of this list. Use the nextPageToken of its previous page, or leave it out.");
    }
}
