package io.millrace.domain.channel.simulation;

import io.millrace.contracts.JobId;
import io.millrace.domain.channel.ChannelCommand;
import java.util.function.Consumer;

/** A request as it reaches an owner, with where its answer goes. */
sealed interface Call {
    Consumer<Answer> reply();

    /** Is decided as it stands. */
    record Decide(ChannelCommand command, Consumer<Answer> reply) implements Call {}

    /** The ended job is looked up first, in the channel or in the read model. */
    record RetryOf(JobId job, Consumer<Answer> reply) implements Call {}
}
