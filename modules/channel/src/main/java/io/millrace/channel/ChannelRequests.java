package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.LiveChannel;
import org.apache.pekko.actor.typed.ActorRef;

/** Does what a channel is asked from outside. What is about the channel as a whole is done here. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ChannelRequests {
    private final ChannelName name;
    private final LiveChannel live;
    private final GroupCommit commit;
    private final Callers callers;
    private final ChannelAnswers answers;
    private final JobRequests jobs;
    private final ManagerAccess managers;
    private final OwnedChannel owned;

    ChannelRequests(
            ChannelName name,
            LiveChannel live,
            GroupCommit commit,
            Callers callers,
            ChannelAnswers answers,
            JobRequests jobs,
            ManagerAccess managers,
            OwnedChannel owned) {
        this.name = name;
        this.live = live;
        this.commit = commit;
        this.callers = callers;
        this.answers = answers;
        this.jobs = jobs;
        this.managers = managers;
        this.owned = owned;
    }

    Storing handle(ChannelRequest request) {
        return switch (request) {
            case ChannelRequest.Put(var spec, var replyTo) -> changeTo(new ChannelCommand.Put(spec), replyTo);
            case ChannelRequest.Show(var replyTo) -> callers.answer(replyTo, answers::channel);
            case ChannelRequest.Pause(var replyTo) -> changeTo(new ChannelCommand.Pause(), replyTo);
            case ChannelRequest.Resume(var replyTo) -> changeTo(new ChannelCommand.Resume(), replyTo);
            case ChannelRequest.Drain(var replyTo) -> changeTo(new ChannelCommand.Drain(), replyTo);
            case ChannelRequest.Purge(var replyTo) ->
                callers.decide(new ChannelCommand.Purge(), replyTo, ChannelAnswers::purged);
            case ChannelRequest.Delete(var replyTo) -> delete(replyTo);
            case ChannelRequest.ShowDeletion(var beganAt, var replyTo) ->
                callers.answer(replyTo, () -> answers.deletion(beganAt));
            case ChannelRequest.Wake(var replyTo) -> wake(replyTo);
            case ChannelRequest.Submit submit -> jobs.submit(submit);
            case ChannelRequest.Cancel(var job, var replyTo) -> jobs.cancel(job, replyTo);
            case ChannelRequest.Retry(var job, var stored, var replyTo) -> jobs.retry(job, stored, replyTo);
            case ChannelRequest.ShowJob(var job, var replyTo) -> jobs.show(job, replyTo);
            case ChannelRequest.AwaitEnd await -> jobs.awaitEnd(await);
            case ChannelRequest.AwaitReadModel await -> managers.awaitReadModel(await);
            case ChannelRequest.ReadLogs read -> managers.readLogs(read);
            case ChannelRequest.ReadEvents read -> managers.readEvents(read);
            case ChannelRequest.AskLogs ask -> managers.ask(ask);
            case ChannelRequest.AskThreads ask -> managers.ask(ask);
            case ChannelRequest.AskLocks ask -> managers.ask(ask);
            case ChannelRequest.AskResources ask -> managers.ask(ask);
            case ChannelRequest.AskCleanups ask -> managers.ask(ask);
            case ChannelRequest.AskProcesses ask -> managers.ask(ask);
        };
    }

    private Storing changeTo(ChannelCommand command, ActorRef<ChannelReply> replyTo) {
        return callers.decide(command, replyTo, answers::channelAfter);
    }

    /** A channel whose deletion has failed is cleaned up once more. */
    private Storing delete(ActorRef<ChannelReply> replyTo) {
        long since = live.stateSinceMillis();
        Storing storing = callers.decide(
                new ChannelCommand.Delete(),
                replyTo,
                events -> answers.deleting(
                        events.isEmpty() ? since : events.getFirst().at()));
        commit.afterCommit(owned::deletionWasAsked, _ -> {
            // Its next life looks after that by itself.
        });
        return storing;
    }

    /** The channel {@code default} always exists, so being woken brings it into being. */
    private Storing wake(ActorRef<ChannelReply> replyTo) {
        return live.exists() || !name.equals(ChannelName.DEFAULT)
                ? callers.answer(replyTo, ChannelReply.Awake::new)
                : callers.decide(new ChannelCommand.Put(ChannelSpec.DEFAULT), replyTo, _ -> new ChannelReply.Awake());
    }
}
