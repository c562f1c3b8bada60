package io.millrace.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;
import io.millrace.domain.channel.Refusals;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.port.ReadModel.IdempotentSubmission;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** What a channel is asked about jobs: to accept, cancel and repeat them, to show them and to wait for their end. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class JobRequests {
    private final ChannelContext channel;
    private final LiveChannel live;
    private final Callers callers;
    private final ChannelAnswers answers;
    private final RecentRetries retries;
    private final JobWaiters waiters;
    private final WakeTimer wakes;
    private final SubmissionParts parts = new SubmissionParts();

    JobRequests(
            ChannelContext channel,
            LiveChannel live,
            Callers callers,
            ChannelAnswers answers,
            RecentRetries retries,
            JobWaiters waiters,
            WakeTimer wakes) {
        this.channel = channel;
        this.live = live;
        this.callers = callers;
        this.answers = answers;
        this.retries = retries;
        this.waiters = waiters;
        this.wakes = wakes;
    }

    void submitPart(String submission, List<SubmittedJob> jobs) {
        parts.add(submission, jobs, channel.nowMillis());
    }

    /** A key that is not in memory may still be in the read model, which is asked before anything is decided. */
    Storing submit(ChannelRequest.Submit submit) {
        ChannelRequest.Submit whole = assembled(submit);
        if (whole == null) {
            return refuse(submit, ChannelProblems.partsMissing(channel.name()));
        }
        String key = whole.idempotencyKey();
        if (key == null || live.submission(key) != null) {
            return accept(whole);
        }
        ChannelServices services = channel.host().services();
        channel.actor()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(
                                () -> services.readModel().idempotent(channel.name(), key), services.blocking()),
                        (earlier, _) -> new Channel.KeyLookedUp(whole, earlier));
        return Storing.UNCHANGED;
    }

    private ChannelRequest.@Nullable Submit assembled(ChannelRequest.Submit submit) {
        if (submit.submission() == null) {
            return submit;
        }
        List<SubmittedJob> jobs = parts.take(submit.submission(), submit.earlierParts());
        if (jobs == null) {
            return null;
        }
        jobs.addAll(submit.jobs());
        return new ChannelRequest.Submit(null, 0, jobs, submit.idempotencyKey(), submit.bodyHash(), submit.replyTo());
    }

    /**
     * The read model was asked. The key may have been used meanwhile; then the rules find it in the live state.
     *
     * @param lookedUp the submission under that key, absent if the read model did not answer
     */
    Storing keyLookedUp(ChannelRequest.Submit submit, @Nullable Optional<IdempotentSubmission> lookedUp) {
        if (lookedUp == null) {
            return refuse(submit, ChannelProblems.keyNotLookedUp(channel.name()));
        }
        IdempotentSubmission earlier = lookedUp.orElse(null);
        if (earlier == null) {
            return accept(submit);
        }
        return earlier.bodyHash().equals(submit.bodyHash())
                ? callers.answer(submit.replyTo(), () -> answers.replayed(earlier.jobs()))
                : refuse(submit, Refusals.keyReused(String.valueOf(submit.idempotencyKey())));
    }

    private Storing accept(ChannelRequest.Submit submit) {
        var command = new ChannelCommand.Submit(submit.jobs(), submit.idempotencyKey(), submit.bodyHash());
        return callers.decide(command, submit.replyTo(), ChannelAnswers::accepted);
    }

    private Storing refuse(ChannelRequest.Submit submit, Problem problem) {
        return callers.answer(submit.replyTo(), () -> new ChannelReply.Refused(problem));
    }

    Storing cancel(JobId job, ActorRef<ChannelReply> replyTo) {
        if (isHeld(job)) {
            return callers.decide(new ChannelCommand.Cancel(job), replyTo, _ -> answers.job(job));
        }
        return callers.answer(replyTo, ChannelReply.JobNotHeld::new);
    }

    private boolean isHeld(JobId job) {
        return live.job(job) != null || live.ended(job) != null;
    }

    /** @param stored the job as the read model has it, absent if that was not asked yet */
    Storing retry(JobId job, ChannelRequest.@Nullable StoredJob stored, ActorRef<ChannelReply> replyTo) {
        EndedJob held = live.ended(job);
        EndedJob ended = held == null ? latest(stored) : held;
        LiveJob running = live.job(job);
        if (running != null) {
            Problem problem = Refusals.notEnded(job, running.state());
            return callers.answer(replyTo, () -> new ChannelReply.Refused(problem));
        }
        if (ended == null) {
            RecentRetries.Mark mark = retries.mark(live.incarnation());
            return callers.answer(replyTo, () -> new ChannelReply.LookUpToRetry(mark));
        }
        retries.add(job);
        return callers.decide(new ChannelCommand.Retry(ended), replyTo, _ -> answers.job(job));
    }

    /** The job as the read model showed it, absent if it may have run since. */
    private @Nullable EndedJob latest(ChannelRequest.@Nullable StoredJob stored) {
        return stored != null
                        && retries.isUntouchedSince(stored.mark(), stored.job().id(), live.incarnation())
                ? stored.job()
                : null;
    }

    Storing show(JobId job, ActorRef<ChannelReply> replyTo) {
        return callers.answer(replyTo, () -> answers.job(job));
    }

    /** Answers when the job has ended, and with its state when the time is up or too many wait. */
    Storing awaitEnd(ChannelRequest.AwaitEnd await) {
        return callers.afterCommit(await, () -> answerOrWait(await));
    }

    private void answerOrWait(ChannelRequest.AwaitEnd await) {
        ChannelReply reply = answers.job(await.job());
        boolean mustWait =
                reply instanceof ChannelReply.JobShown(var job) && !job.state().isTerminal();
        long timeout = Math.min(await.timeoutMillis(), Limits.JOB_WAIT_MAX.toMillis());
        if (mustWait && timeout > 0 && waiters.add(await.job(), channel.nowMillis() + timeout, await.replyTo())) {
            wakes.schedule();
        } else {
            await.replyTo().tell(reply);
        }
    }

    /** A job has ended for good. */
    void ended(JobId job) {
        waiters.takeFor(job).forEach(waiter -> waiter.replyTo().tell(answers.job(job)));
    }

    /** Answers those whose time is up. */
    void answerExpired() {
        for (JobWaiters.Waiter waiter : waiters.takeExpired(channel.nowMillis())) {
            show(waiter.job(), waiter.replyTo());
        }
    }

    /** True if nobody waits for the end of a job. */
    boolean isIdle() {
        return waiters.isEmpty();
    }

    /** Nobody who waits is left without an answer when the channel restarts or stops. */
    void giveUp(Problem problem) {
        waiters.takeAll().forEach(waiter -> waiter.replyTo().tell(new ChannelReply.Refused(problem)));
    }
}
