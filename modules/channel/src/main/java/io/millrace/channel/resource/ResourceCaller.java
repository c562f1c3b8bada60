package io.millrace.channel.resource;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import org.apache.pekko.actor.typed.ActorRef;

/** Somebody who is told how a wish ends. */
sealed interface ResourceCaller {

    /** @param isReplayed true if an earlier request with the same key made the wish */
    record OfRequest(ActorRef<ManagerReply> replyTo, boolean isReplayed) implements ResourceCaller {}

    /** A handler that wants memory. */
    record OfHandler(ActorRef<ResourceManager.BufferAnswer> replyTo) implements ResourceCaller {}

    /** A worker, for what its attempt declared. */
    record OfAttempt(AttemptId attempt, ActorRef<ResourceManager.Answer> replyTo) implements ResourceCaller {}
}
