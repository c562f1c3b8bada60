package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.domain.Limits;
import java.time.Duration;

/** What callers hear when a channel cannot be reached or cannot store or read what they asked for. */
final class ChannelProblems {
    private static final String COMPONENT = "Channel";
    private static final Duration SOON = Duration.ofSeconds(1);

    private ChannelProblems() {}

    static Problem outcomeUnknown(ChannelName channel) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The channel '" + channel
                                + "' could not complete its write to the database, or was moved while "
                                + "it did. Whether this request took effect is unknown. Send it again with the same "
                                + "Idempotency-Key: what was accepted is then found and not accepted twice.")
                .retryAfter(SOON);
    }

    static Problem noAnswer(ChannelName channel, Duration waited) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The channel '" + channel + "' did not answer within " + waited.toSeconds()
                                + " s; it may be moving to another node, or the database may be away. Whether this "
                                + "request took effect is unknown. Send it again with the same Idempotency-Key.")
                .retryAfter(SOON);
    }

    static Problem keyNotLookedUp(ChannelName channel) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The database did not answer, so it is not known whether the Idempotency-Key was used before in "
                                + "channel '" + channel + "'. Nothing was accepted. Send the request again.")
                .retryAfter(SOON);
    }

    static Problem unknownDeletion(ChannelDeletion.Reference deletion) {
        return Problem.of(
                ErrorCode.NOT_FOUND,
                COMPONENT,
                "No deletion of a channel '" + deletion.channel() + "' that began at " + deletion.beganAt()
                        + " is known. Use the id that DELETE answered with; it is kept for "
                        + Limits.DELETIONS_KEPT.toDays() + " days after the channel is gone.");
    }

    static Problem partsMissing(ChannelName channel) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "A part of the batch was lost on its way to channel '" + channel
                                + "'. Nothing was accepted. Send the batch again.")
                .retryAfter(SOON);
    }

    static Problem tooManyReaders(ChannelName channel) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "Too many lists of channel '" + channel + "' wait for the read model. Try again shortly.")
                .retryAfter(SOON);
    }

    static Problem retriedByOthers(ChannelName channel, JobId job) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "Job " + job + " of channel '" + channel
                                + "' could not be retried: other requests retried jobs "
                                + "of the channel each time it was looked up. Nothing was changed. Look at the job's "
                                + "state, and try again if it has ended.")
                .retryAfter(SOON);
    }

    static Problem readModelBehind(ChannelName channel) {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The lists of channel '" + channel
                                + "' do not show the latest changes yet, because the database "
                                + "is slow or away. Try again shortly; single jobs can be read meanwhile.")
                .retryAfter(SOON);
    }

    static Problem storageUnavailable() {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The database did not answer. Nothing was changed. Try again shortly.")
                .retryAfter(SOON);
    }
}
