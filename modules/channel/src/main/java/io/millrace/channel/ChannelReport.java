package io.millrace.channel;

import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.Progress;
import io.millrace.domain.channel.AttemptOutcome;
import org.jspecify.annotations.Nullable;

/** What the managers of a channel tell it unasked. */
public sealed interface ChannelReport {

    /** An attempt has ended and everything it held is returned, or a condition of the channel says what is not. */
    record AttemptFinished(AttemptId attempt, AttemptOutcome outcome) implements ChannelReport {}

    /** A handler said how far it has come. Sent a few times a second at most. */
    record Progressed(AttemptId attempt, Progress progress) implements ChannelReport {}

    /**
     * A handler published an event.
     *
     * @param type dotted name
     * @param dataJson its data as JSON text
     */
    record Published(AttemptId attempt, String type, String dataJson) implements ChannelReport {}

    /**
     * A started attempt waits for something, or no longer does.
     *
     * @param condition what it waits for, absent once it goes on
     */
    record AttemptWaits(AttemptId attempt, @Nullable Condition condition) implements ChannelReport {}

    /**
     * How many slots are taken by handlers that would not end, though their attempts are reported as ended. The channel
     * starts that many attempts fewer.
     */
    record SlotsQuarantined(int slots) implements ChannelReport {}

    /** Something about the channel needs an operator. Raising a condition again replaces its message. */
    record ConditionRaised(Condition condition) implements ChannelReport {}

    /** A condition no longer holds. */
    record ConditionCleared(String type) implements ChannelReport {}

    /**
     * The thread manager was restarted. The channel hands it every running attempt again; those it still knows are not
     * started twice.
     */
    record ThreadManagerRestarted() implements ChannelReport {}
}
