package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.job.JobView;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;
import io.millrace.domain.channel.Refusals;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** Words what a channel answers, from its live state at the moment of the answer. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ChannelAnswers {
    private final ChannelName name;
    private final LiveChannel live;
    private final ChannelDisplay display;
    private final InstantSource clock;

    ChannelAnswers(ChannelName name, LiveChannel live, ChannelDisplay display, InstantSource clock) {
        this.name = name;
        this.live = live;
        this.display = display;
        this.clock = clock;
    }

    /** The channel, or that there is none. */
    ChannelReply channel() {
        return live.exists() || name.equals(ChannelName.DEFAULT)
                ? new ChannelReply.ChannelShown(display.channel(live), false)
                : new ChannelReply.Refused(Refusals.unknownChannel(name));
    }

    /** The channel after a command that was accepted; it is shown also if the command removed it. */
    ChannelReply channelAfter(List<ChannelEvent> events) {
        boolean isCreated = events.stream().anyMatch(ChannelEvent.ChannelCreated.class::isInstance);
        return new ChannelReply.ChannelShown(display.channel(live), isCreated);
    }

    /** The deletion that began then goes on. */
    ChannelReply deleting(long beganAtMillis) {
        var reference = new ChannelDeletion.Reference(name, Instant.ofEpochMilli(beganAtMillis));
        return new ChannelReply.Deleting(new ChannelDeletion(reference, null, null, display.conditions()));
    }

    /** The deletion that began then, if it goes on. */
    ChannelReply deletion(long beganAtMillis) {
        boolean goesOn =
                live.exists() && live.state() == ChannelState.DELETING && live.stateSinceMillis() == beganAtMillis;
        return goesOn ? deleting(beganAtMillis) : new ChannelReply.NotDeleting();
    }

    ChannelReply job(JobId id) {
        JobView job = display.job(live, id, clock.millis());
        return job == null ? new ChannelReply.JobNotHeld() : new ChannelReply.JobShown(job);
    }

    static ChannelReply accepted(List<ChannelEvent> events) {
        return new ChannelReply.Accepted(events.getLast().at());
    }

    ChannelReply replayed(List<JobId> jobs) {
        return new ChannelReply.Replayed(jobs.stream().map(this::known).toList());
    }

    private ChannelReply.KnownJob known(JobId id) {
        LiveJob job = live.job(id);
        EndedJob ended = job == null ? live.ended(id) : null;
        return new ChannelReply.KnownJob(id, job != null ? job.state() : ended != null ? ended.state() : null);
    }

    static ChannelReply purged(List<ChannelEvent> events) {
        int jobs = 0;
        for (ChannelEvent event : events) {
            jobs += event instanceof ChannelEvent.JobsEnded ended ? ended.jobs().size() : 0;
        }
        return new ChannelReply.Purged(jobs);
    }
}
