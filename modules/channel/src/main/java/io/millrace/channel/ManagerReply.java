package io.millrace.channel;

import io.millrace.channel.serialization.WireMessage;
import io.millrace.contracts.Problem;

/** What a manager of a channel answers to a {@link ManagerRequest}. Each request has one kind of reply beside a refusal. */
public interface ManagerReply extends WireMessage {

    /** It was not done, and this is why. */
    record Refused(Problem problem) implements ManagerReply {}
}
