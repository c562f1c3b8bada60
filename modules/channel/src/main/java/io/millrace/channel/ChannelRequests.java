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

    Storing handle(Channel.Request request) {
        return switch (request) {
            case Channel.Put(var spec, var replyTo) -> changeTo(new ChannelCommand.Put(spec), replyTo);
            case Channel.Show(var replyTo) -> callers.answer(replyTo, answers::channel);
            case Channel.Pause(var replyTo) -> changeTo(new ChannelCommand.Pause(), replyTo);
            case Channel.Resume(var replyTo) -> changeTo(new ChannelCommand.Resume(), replyTo);
            case Channel.Drain(var replyTo) -> changeTo(new ChannelCommand.Drain(), replyTo);
            case Channel.Purge(var replyTo) ->
                callers.decide(new ChannelCommand.Purge(), replyTo, ChannelAnswers::purged);
            case Channel.Delete(var replyTo) -> delete(replyTo);
            case Channel.ShowDeletion(var beganAt, var replyTo) ->
                callers.answer(replyTo, () -> answers.deletion(beganAt));
            case Channel.Wake(var replyTo) -> wake(replyTo);
            case Channel.Submit submit -> jobs.submit(submit);
            case Channel.Cancel(var job, var replyTo) -> jobs.cancel(job, replyTo);
            case Channel.Retry(var job, var stored, var replyTo) -> jobs.retry(job, stored, replyTo);
            case Channel.ShowJob(var job, var replyTo) -> jobs.show(job, replyTo);
            case Channel.AwaitEnd await -> jobs.awaitEnd(await);
            case Channel.AwaitReadModel await -> managers.awaitReadModel(await);
            case Channel.ReadLogs read -> managers.readLogs(read);
            case Channel.ReadEvents read -> managers.readEvents(read);
            case Channel.AskThreads ask -> managers.ask(ask);
            case Channel.AskLocks ask -> managers.ask(ask);
            case Channel.AskResources ask -> managers.ask(ask);
            case Channel.AskCleanups ask -> managers.ask(ask);
            case Channel.AskProcesses ask -> managers.ask(ask);
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
                : callers.decide(
                        new ChannelCommand.Put(ChannelSpec.DEFAULT), replyTo, _ -> new ChannelReply.Awake());
    }
}
