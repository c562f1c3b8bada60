package io.millrace.storage.readmodel;

import io.millrace.contracts.Problem;
import io.millrace.contracts.job.AttemptState;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import org.jspecify.annotations.Nullable;

/**
 * What a batch of events says about one attempt. An attempt may have started in an earlier batch; then its beginning is
 * in the row of its job already.
 *
 * @param start how it began, absent if that was in an earlier batch
 * @param end how it ended, absent if the batch does not say
 */
record AttemptRow(
        int number, @Nullable Start start, @Nullable End end) {

    /** The beginning of an attempt. */
    record Start(long epoch, String node, long atMillis) {}

    /** The end of an attempt. */
    record End(
            AttemptState state,
            long atMillis,
            @Nullable Integer exitCode,
            @Nullable String signal,
            @Nullable String resultJson,
            @Nullable Problem error) {}

    static AttemptRow started(ChannelEvent.AttemptStarted event) {
        return new AttemptRow(event.number(), new Start(event.epoch(), event.node(), event.at()), null);
    }

    /** As it started, but on the node that it goes on with. */
    static AttemptRow adopted(ChannelEvent.AttemptAdopted event) {
        return new AttemptRow(event.number(), new Start(event.epoch(), event.node(), event.startedAt()), null);
    }

    static AttemptRow startedEarlier(int number) {
        return new AttemptRow(number, null, null);
    }

    AttemptRow ended(ChannelEvent.AttemptEnded event) {
        AttemptOutcome outcome = event.outcome();
        End ending = new End(
                stateOf(outcome.kind()),
                event.at(),
                outcome.exitCode(),
                outcome.signal(),
                outcome.resultJson(),
                outcome.error());
        return new AttemptRow(number, start, ending);
    }

    private static AttemptState stateOf(AttemptOutcome.Kind kind) {
        return switch (kind) {
            case SUCCEEDED -> AttemptState.SUCCEEDED;
            case FAILED, FAILED_FOR_GOOD, TIMED_OUT -> AttemptState.FAILED;
            case CANCELLED -> AttemptState.CANCELLED;
            case INTERRUPTED -> AttemptState.LOST;
        };
    }
}
