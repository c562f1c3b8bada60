package io.millrace.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.Decision;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Those who ask a channel for something: what they ask for is decided at once, and they are answered after the commit, with
 * what is true then.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class Callers {
    private final GroupCommit commit;
    private final ChannelAnswers answers;
    private final Instruments instruments;

    Callers(GroupCommit commit, ChannelAnswers answers, Instruments instruments) {
        this.commit = commit;
        this.answers = answers;
        this.instruments = instruments;
    }

    /**
     * Decides a command.
     *
     * @param reply the answer if it is accepted, from the events that were decided
     */
    Storing decide(
            ChannelCommand command, ActorRef<ChannelReply> replyTo, Function<List<ChannelEvent>, ChannelReply> reply) {
        return switch (commit.decide(command)) {
            case Decision.Accepted(var events) -> answer(replyTo, () -> reply.apply(events));
            case Decision.Refused(var problem) -> {
                if (command instanceof ChannelCommand.Submit) {
                    instruments.submitRefused();
                }
                yield answer(replyTo, () -> new ChannelReply.Refused(problem));
            }
            case Decision.Replayed(var jobs) -> answer(replyTo, () -> answers.replayed(jobs));
        };
    }

    /** Answers with what is true when everything that is being stored now is stored. */
    Storing answer(ActorRef<ChannelReply> replyTo, Supplier<ChannelReply> reply) {
        commit.afterCommit(() -> replyTo.tell(reply.get()), problem -> replyTo.tell(new ChannelReply.Refused(problem)));
        return Storing.SOON;
    }

    /** Does something for a request when everything that is being stored now is stored. */
    Storing afterCommit(ChannelRequest request, Runnable action) {
        commit.afterCommit(action, request::refuse);
        return Storing.SOON;
    }
}
