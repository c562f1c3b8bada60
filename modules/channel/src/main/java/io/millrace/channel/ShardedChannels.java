package io.millrace.channel;

import io.millrace.channel.event.EventBus;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Page;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.event.EventPage;
import io.millrace.contracts.job.AttemptView;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogQuery;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.Refusals;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.port.ReadModel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;
import org.jspecify.annotations.Nullable;

/**
 * Reaches channels through cluster sharding and history through the read model. A channel is asked first about a job,
 * because it holds what the read model may not have yet.
 */
final class ShardedChannels implements Channels {
    private final ChannelCalls calls;
    private final ShardedThreads threads;
    private final ShardedLocks locks;
    private final ShardedResources resources;
    private final ShardedCleanups cleanups;
    private final ShardedProcesses processes;
    private final RemoteManagers<LogStore.Request> logs;
    private final ReadModel readModel;
    private final ChannelServices services;
    private final KnownChannels known;
    private final Submissions submissions;
    private final JobIds ids;

    ShardedChannels(ChannelCalls calls, ChannelServices services) {
        this.calls = calls;
        this.services = services;
        this.readModel = services.readModel();
        this.known = new KnownChannels(readModel, services.blocking());
        this.ids = JobIds.system();
        this.submissions = new Submissions(services.codec(), ids);
        RemoteManagers<LockManager.Request> lockManagers = managers(ChannelRequest.AskLocks::new);
        this.threads = new ShardedThreads(managers(ChannelRequest.AskThreads::new), lockManagers);
        this.locks = new ShardedLocks(lockManagers);
        this.resources = new ShardedResources(managers(ChannelRequest.AskResources::new));
        this.cleanups = new ShardedCleanups(managers(ChannelRequest.AskCleanups::new));
        this.processes = new ShardedProcesses(managers(ChannelRequest.AskProcesses::new));
        this.logs = managers(ChannelRequest.AskLogs::new);
    }

    private <Q extends ManagerRequest> RemoteManagers<Q> managers(Function<Q, Channel.Command> envelope) {
        return new RemoteManagers<>(calls, this::existing, envelope);
    }

    @Override
    public ChannelThreads threads() {
        return threads;
    }

    @Override
    public ChannelLocks locks() {
        return locks;
    }

    @Override
    public ChannelResources resources() {
        return resources;
    }

    @Override
    public ShardedCleanups cleanups() {
        return cleanups;
    }

    @Override
    public ChannelProcesses processes() {
        return processes;
    }

    // Channels

    @Override
    public CompletionStage<PutChannel> put(ChannelName channel, ChannelSpec spec) {
        return this.<ChannelReply.ChannelShown>ask(channel, replyTo -> new ChannelRequest.Put(spec, replyTo))
                .thenCompose(shown -> {
                    known.add(channel);
                    boolean isCreated = shown.isCreated() && !channel.equals(ChannelName.DEFAULT);
                    PutChannel put = new PutChannel(shown.channel(), isCreated);
                    // Other nodes look a new name up in the read model.
                    return isCreated
                            ? readModelIsCurrent(channel).handle((_, _) -> put)
                            : CompletableFuture.completedStage(put);
                });
    }

    @Override
    public CompletionStage<ChannelView> channel(ChannelName channel) {
        return command(channel, ChannelRequest.Show::new);
    }

    @Override
    public CompletionStage<Page<ChannelView>> channels(int pageSize, @Nullable String pageToken) {
        return fromReadModel(() -> readModel.channels(pageSize, pageToken));
    }

    @Override
    public CompletionStage<ChannelView> pause(ChannelName channel) {
        return command(channel, ChannelRequest.Pause::new);
    }

    @Override
    public CompletionStage<ChannelView> resume(ChannelName channel) {
        return command(channel, ChannelRequest.Resume::new);
    }

    @Override
    public CompletionStage<ChannelView> drain(ChannelName channel) {
        return command(channel, ChannelRequest.Drain::new);
    }

    @Override
    public CompletionStage<Integer> purge(ChannelName channel) {
        return existing(channel)
                .thenCompose(_ -> this.<ChannelReply.Purged>ask(channel, ChannelRequest.Purge::new))
                .thenApply(ChannelReply.Purged::jobs);
    }

    @Override
    public CompletionStage<ChannelDeletion> delete(ChannelName channel) {
        return existing(channel)
                .thenCompose(_ -> this.<ChannelReply.Deleting>ask(channel, ChannelRequest.Delete::new))
                .thenApply(reply -> {
                    known.remove(channel);
                    return reply.deletion();
                });
    }

    @Override
    public CompletionStage<ChannelDeletion> deletion(ChannelDeletion.Reference deletion) {
        return storedDeletion(deletion)
                .thenCompose(stored -> stored.isPresent()
                        ? CompletableFuture.completedStage(stored.get())
                        : known.exists(deletion.channel())
                                .thenCompose(exists -> exists ? deletionGoingOn(deletion) : missingDeletion(deletion)));
    }

    private CompletionStage<ChannelDeletion> deletionGoingOn(ChannelDeletion.Reference deletion) {
        return this.<ChannelReply>ask(
                        deletion.channel(),
                        replyTo -> new ChannelRequest.ShowDeletion(
                                deletion.beganAt().toEpochMilli(), replyTo))
                .thenCompose(reply -> reply instanceof ChannelReply.Deleting(var goingOn)
                        ? CompletableFuture.completedStage(goingOn)
                        : missingDeletion(deletion));
    }

    /** It may have been completed between the two looks, and the read model be a moment behind. */
    private CompletionStage<ChannelDeletion> missingDeletion(ChannelDeletion.Reference deletion) {
        return known.exists(deletion.channel())
                .thenCompose(exists -> exists
                        ? readModelIsCurrent(deletion.channel()).thenCompose(_ -> storedDeletion(deletion))
                        : storedDeletion(deletion))
                .thenApply(stored -> stored.orElseThrow(
                        () -> ChannelProblems.unknownDeletion(deletion).asException()));
    }

    private CompletionStage<Optional<ChannelDeletion>> storedDeletion(ChannelDeletion.Reference deletion) {
        return fromReadModel(() -> readModel.deletion(deletion));
    }

    private CompletionStage<ChannelView> command(
            ChannelName channel, Function<ActorRef<ChannelReply>, Channel.Command> command) {
        return existing(channel)
                .thenCompose(_ -> this.<ChannelReply.ChannelShown>ask(channel, command))
                .thenApply(ChannelReply.ChannelShown::channel);
    }

    // Submitting

    @Override
    public CompletionStage<Submission> submit(ChannelName channel, JobSpec job, @Nullable IdempotencyKey key) {
        return submitted(channel, List.of(job), key, (jobs, reply) -> switch (reply) {
            case ChannelReply.Accepted(var atMillis) ->
                CompletableFuture.completedStage(
                        new Submission(Submissions.accepted(channel, jobs.getFirst(), atMillis), false));
            case ChannelReply.Replayed(var earlier) ->
                job(channel, earlier.getFirst().id()).thenApply(view -> new Submission(view, true));
            default -> throw unexpected(reply);
        });
    }

    @Override
    public CompletionStage<BatchSubmission> submitAll(
            ChannelName channel, List<JobSpec> jobs, @Nullable IdempotencyKey key) {
        return submitted(channel, jobs, key, (accepted, reply) -> switch (reply) {
            case ChannelReply.Accepted(var atMillis) ->
                CompletableFuture.completedStage(new BatchSubmission(acceptedJobs(accepted, atMillis), false));
            case ChannelReply.Replayed(var earlier) ->
                fromReadModel(() -> new BatchSubmission(earlierJobs(channel, earlier), true));
            default -> throw unexpected(reply);
        });
    }

    /** Turns the answer to a submission into what the caller sees. */
    private interface Outcome<T> {
        CompletionStage<T> of(List<SubmittedJob> jobs, ChannelReply reply);
    }

    private <T> CompletionStage<T> submitted(
            ChannelName channel, List<JobSpec> specs, @Nullable IdempotencyKey key, Outcome<T> outcome) {
        return existing(channel).thenCompose(_ -> {
            List<SubmittedJob> jobs = submissions.accept(specs, key);
            return this.<ChannelReply>ask(channel, replyTo -> submit(channel, jobs, key, replyTo))
                    .thenCompose(reply -> outcome.of(jobs, reply));
        });
    }

    /** Sends all but the last part ahead and returns the message that completes the submission. */
    private Channel.Command submit(
            ChannelName channel,
            List<SubmittedJob> jobs,
            @Nullable IdempotencyKey key,
            ActorRef<ChannelReply> replyTo) {
        List<List<SubmittedJob>> parts = inParts(jobs);
        String submission = parts.size() == 1 ? null : ids.next().toString();
        if (submission != null) {
            EntityRef<Channel.Command> entity = entity(channel);
            parts.subList(0, parts.size() - 1)
                    .forEach(part -> entity.tell(new ChannelRequest.SubmitPart(submission, part)));
        }
        return new ChannelRequest.Submit(
                submission,
                parts.size() - 1,
                parts.getLast(),
                key == null ? null : key.key(),
                key == null ? null : key.bodyHash(),
                replyTo);
    }

    static List<List<SubmittedJob>> inParts(List<SubmittedJob> jobs) {
        List<List<SubmittedJob>> parts = new ArrayList<>();
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < jobs.size(); i++) {
            long size = StoredSize.of(jobs.get(i));
            if (i > from && bytes + size > Limits.MESSAGE_BYTES_MAX) {
                parts.add(List.copyOf(jobs.subList(from, i)));
                from = i;
                bytes = 0;
            }
            bytes += size;
        }
        parts.add(List.copyOf(jobs.subList(from, jobs.size())));
        return parts;
    }

    private static List<AcceptedJob> acceptedJobs(List<SubmittedJob> jobs, long atMillis) {
        Instant at = Instant.ofEpochMilli(atMillis);
        return jobs.stream()
                .map(job -> new AcceptedJob(job.id(), Submissions.stateWhenAccepted(job, atMillis), at))
                .toList();
    }

    private List<AcceptedJob> earlierJobs(ChannelName channel, List<ChannelReply.KnownJob> jobs) {
        List<AcceptedJob> earlier = new ArrayList<>(jobs.size());
        for (ChannelReply.KnownJob job : jobs) {
            Instant createdAt = Instant.ofEpochMilli(job.id().createdAtMillis());
            JobState state = job.state() != null
                    ? job.state()
                    : readModel.job(channel, job.id()).map(JobView::state).orElse(JobState.QUEUED);
            earlier.add(new AcceptedJob(job.id(), state, createdAt));
        }
        return earlier;
    }

    // Jobs

    @Override
    public CompletionStage<JobView> job(ChannelName channel, JobId job) {
        return existing(channel)
                .thenCompose(_ -> this.<ChannelReply>ask(channel, replyTo -> new ChannelRequest.ShowJob(job, replyTo)))
                .thenCompose(reply -> shownOrStored(channel, job, reply));
    }

    @Override
    public CompletionStage<Page<JobView>> jobs(JobQuery query) {
        ChannelName channel = query.channel();
        if (channel == null) {
            return fromReadModel(() -> readModel.jobs(query));
        }
        return existing(channel)
                .thenCompose(_ -> readModelIsCurrent(channel))
                .thenCompose(_ -> fromReadModel(() -> readModel.jobs(query)));
    }

    @Override
    public CompletionStage<List<AttemptView>> attempts(ChannelName channel, JobId job) {
        return existing(channel)
                .thenCompose(_ -> readModelIsCurrent(channel))
                .thenCompose(_ -> fromReadModel(() -> readModel.attempts(channel, job)))
                .thenCompose(attempts -> attempts.isEmpty()
                        ? job(channel, job).thenApply(_ -> attempts)
                        : CompletableFuture.completedStage(attempts));
    }

    @Override
    public CompletionStage<JobView> cancel(ChannelName channel, JobId job) {
        return existing(channel)
                .thenCompose(_ -> this.<ChannelReply>ask(channel, replyTo -> new ChannelRequest.Cancel(job, replyTo)))
                .thenCompose(reply -> reply instanceof ChannelReply.JobShown(var view)
                        ? CompletableFuture.completedStage(view)
                        : stored(channel, job).thenApply(ended -> {
                            throw Refusals.alreadyEnded(job, ended.state()).asException();
                        }));
    }

    @Override
    public CompletionStage<JobView> retry(ChannelName channel, JobId job) {
        return existing(channel).thenCompose(_ -> retry(channel, job, null, Limits.RETRY_LOOK_UPS_MAX));
    }

    /** A job that others retry at the same time is looked at again, so that its latest attempt is the one that counts. */
    private CompletionStage<JobView> retry(
            ChannelName channel, JobId job, ChannelRequest.@Nullable StoredJob stored, int lookUpsLeft) {
        return this.<ChannelReply>ask(channel, replyTo -> new ChannelRequest.Retry(job, stored, replyTo))
                .thenCompose(reply -> switch (reply) {
                    case ChannelReply.JobShown(var view) -> CompletableFuture.completedStage(view);
                    case ChannelReply.LookUpToRetry _
                    when lookUpsLeft == 0 ->
                        CompletableFuture.failedStage(
                                ChannelProblems.retriedByOthers(channel, job).asException());
                    case ChannelReply.LookUpToRetry(var mark) ->
                        stored(channel, job)
                                .thenApply(view -> new ChannelRequest.StoredJob(submissions.ended(view), mark))
                                .thenCompose(latest -> retry(channel, job, latest, lookUpsLeft - 1));
                    default -> shownOrStored(channel, job, reply);
                });
    }

    @Override
    public CompletionStage<JobView> awaitEnd(ChannelName channel, JobId job, Duration timeout) {
        Duration wait = timeout.compareTo(Limits.JOB_WAIT_MAX) < 0 ? timeout : Limits.JOB_WAIT_MAX;
        return existing(channel).thenCompose(_ -> awaitUntil(channel, job, System.nanoTime() + wait.toNanos()));
    }

    /** A channel that moves while a caller waits is asked again where it lives then. */
    private CompletionStage<JobView> awaitUntil(ChannelName channel, JobId job, long deadlineNanos) {
        long left = Math.max(0, (deadlineNanos - System.nanoTime()) / 1_000_000);
        return this.<ChannelReply>ask(
                        channel,
                        replyTo -> new ChannelRequest.AwaitEnd(job, left, replyTo),
                        Limits.ASK_TIMEOUT.plusMillis(left))
                .thenCompose(reply -> shownOrStored(channel, job, reply))
                .exceptionallyCompose(failure -> isUnavailable(failure) && System.nanoTime() < deadlineNanos
                        ? awaitUntil(channel, job, deadlineNanos)
                        : CompletableFuture.failedStage(failure));
    }

    private static boolean isUnavailable(Throwable failure) {
        return ChannelCalls.unwrapped(failure) instanceof MillraceException refused
                && refused.problem().code() == ErrorCode.UNAVAILABLE;
    }

    private CompletionStage<JobView> shownOrStored(ChannelName channel, JobId job, ChannelReply reply) {
        return reply instanceof ChannelReply.JobShown(var view)
                ? CompletableFuture.completedStage(view)
                : stored(channel, job);
    }

    private CompletionStage<JobView> stored(ChannelName channel, JobId job) {
        return fromReadModel(() -> readModel
                .job(channel, job)
                .orElseThrow(() -> Refusals.unknownJob(channel, job).asException()));
    }

    // Logs and events

    @Override
    public CompletionStage<LogPage> logs(LogQuery query, Duration wait) {
        return existing(query.channel())
                .thenCompose(_ -> hasEnded(query))
                .thenCompose(isEnded -> readLogs(query, wait, isEnded))
                .thenCompose(answer -> isUnknownJob(query, answer)
                        ? stored(query.channel(), jobOf(query)).thenCompose(_ -> readLogs(query, wait, true))
                        : CompletableFuture.completedStage(answer))
                .thenApply(answer -> switch (answer) {
                    case LogStore.Lines(var page) -> page;
                    case LogStore.Refused(var problem) -> throw problem.asException();
                });
    }

    /** A process is asked for first, which refuses one that is not there. A job is looked for only if it is not found. */
    private CompletionStage<Boolean> hasEnded(LogQuery query) {
        return query.process() == null
                ? CompletableFuture.completedStage(false)
                : processes
                        .show(query.channel(), query.process().toString())
                        .thenApply(process -> process.state().isEnded());
    }

    private CompletionStage<LogStore.Answer> readLogs(LogQuery query, Duration wait, boolean isKnownToHaveEnded) {
        return ChannelCalls.answered(
                query.channel(),
                entity(query.channel())
                        .ask(
                                (ActorRef<LogStore.Answer> replyTo) -> new ChannelRequest.ReadLogs(
                                        query, wait.toMillis(), isKnownToHaveEnded, replyTo),
                                Limits.ASK_TIMEOUT.plus(bounded(wait))));
    }

    /** The channel does not hold the job; it may have ended a while ago. */
    private static boolean isUnknownJob(LogQuery query, LogStore.Answer answer) {
        return query.job() != null
                && answer instanceof LogStore.Refused(var problem)
                && problem.code() == ErrorCode.NOT_FOUND;
    }

    private static JobId jobOf(LogQuery query) {
        return Optional.ofNullable(query.job()).orElseThrow();
    }

    @Override
    public CompletionStage<Long> removeLogs(ChannelName channel, @Nullable JobId process) {
        return logs.<LogStore.LinesRemoved>ask(
                        channel, replyTo -> new LogStore.RemoveLines(process, replyTo), Limits.LOG_REMOVAL_WAIT_MAX)
                .thenApply(LogStore.LinesRemoved::bytes);
    }

    @Override
    public CompletionStage<EventPage> events(
            ChannelName channel, @Nullable JobId job, Set<String> types, EventCursor after, int limit, Duration wait) {
        EventBus.EventQuery query = new EventBus.EventQuery(job, types, after, limit);
        return existing(channel)
                .thenCompose(_ -> ChannelCalls.answered(
                        channel,
                        entity(channel)
                                .ask(
                                        (ActorRef<EventBus.Answer> replyTo) ->
                                                new ChannelRequest.ReadEvents(query, wait.toMillis(), replyTo),
                                        Limits.ASK_TIMEOUT.plus(bounded(wait)))))
                .thenApply(answer -> switch (answer) {
                    case EventBus.Events(var page) -> page;
                    case EventBus.Refused(var problem) -> throw problem.asException();
                });
    }

    private static Duration bounded(Duration wait) {
        return wait.compareTo(Limits.FOLLOW_WAIT_MAX) < 0 ? wait : Limits.FOLLOW_WAIT_MAX;
    }

    // Reaching channels and the read model

    /** Starts a channel that is not in memory; for the waker. */
    CompletionStage<ChannelReply> wake(ChannelName channel) {
        return ask(channel, ChannelRequest.Wake::new);
    }

    private CompletionStage<Boolean> existing(ChannelName channel) {
        return known.exists(channel)
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(ChannelCalls.asMillrace(failure)))
                .thenApply(exists -> {
                    if (!exists) {
                        throw Refusals.unknownChannel(channel).asException();
                    }
                    return true;
                });
    }

    private CompletionStage<ChannelReply> readModelIsCurrent(ChannelName channel) {
        return this.<ChannelReply>ask(channel, ChannelRequest.AwaitReadModel::new, Limits.READ_YOUR_WRITES_MAX)
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(
                        isUnavailable(failure)
                                ? ChannelProblems.readModelBehind(channel).asException()
                                : failure));
    }

    private <T> CompletionStage<T> fromReadModel(Supplier<T> query) {
        return CompletableFuture.supplyAsync(query, services.blocking())
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(ChannelCalls.asMillrace(failure)));
    }

    private <R extends ChannelReply> CompletionStage<R> ask(
            ChannelName channel, Function<ActorRef<ChannelReply>, Channel.Command> command) {
        return ask(channel, command, Limits.ASK_TIMEOUT);
    }

    private <R extends ChannelReply> CompletionStage<R> ask(
            ChannelName channel, Function<ActorRef<ChannelReply>, Channel.Command> command, Duration timeout) {
        return calls.ask(channel, command, timeout);
    }

    private EntityRef<Channel.Command> entity(ChannelName channel) {
        return calls.entity(channel);
    }

    private static IllegalStateException unexpected(ChannelReply reply) {
        return new IllegalStateException("not an answer to this request: " + reply);
    }
}
