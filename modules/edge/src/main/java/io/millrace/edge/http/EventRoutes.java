package io.millrace.edge.http;

import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.channel.Channels;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.event.EventPage;
import io.millrace.edge.sse.FollowTimes;
import io.millrace.edge.sse.Follower;
import io.millrace.edge.sse.StreamFormat;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.util.ByteString;
import org.apache.pekko.util.ByteStringBuilder;
import org.jspecify.annotations.Nullable;

/** The reading of events (HTTP contract, section 8). A stream goes on until its client ends it. */
final class EventRoutes {
    private static final List<StreamFormat> FOLLOWING = List.of(StreamFormat.EVENTS, StreamFormat.LINES);
    private static final List<StreamFormat> ALL = List.of(StreamFormat.EVENTS, StreamFormat.LINES, StreamFormat.PAGE);
    private static final List<StreamFormat> READING =
            List.of(StreamFormat.PAGE, StreamFormat.LINES, StreamFormat.EVENTS);
    private static final int EVENTS_MAX = 1_000;
    private static final int TYPES_MAX = 100;

    private final ActorSystem<?> system;
    private final FollowTimes times;
    private final Channels channels;

    /** What a stream shows. */
    private record Selection(ChannelName channel, @Nullable JobId job, Set<String> types) {}

    /**
     * Where a stream of events is.
     *
     * @param remaining events that may still be sent
     */
    private record Position(EventCursor after, long remaining) {}

    EventRoutes(ActorSystem<?> system, HttpSettings settings, Channels channels) {
        this.system = system;
        this.times = settings.follow();
        this.channels = channels;
    }

    CompletionStage<HttpResponse> ofJob(Call call) {
        return read(call, call.channel(), call.job());
    }

    CompletionStage<HttpResponse> ofChannel(Call call) {
        return read(call, call.channel(), null);
    }

    private CompletionStage<HttpResponse> read(Call call, ChannelName channel, @Nullable JobId job) {
        Query query = call.query();
        boolean saysFollow = query.text("follow") != null;
        boolean follow = query.flag("follow", true);
        StreamFormat format = Streams.format(call, !saysFollow ? ALL : follow ? FOLLOWING : READING);
        int limit = Streams.limit(query, EVENTS_MAX);
        String cursor = Streams.cursor(call);
        EventCursor after = cursor == null ? EventCursor.START : EventCursor.parse(cursor);
        Selection selection = new Selection(channel, job, types(query));
        if (format == StreamFormat.PAGE) {
            return pull(selection, after, limit == 0 ? query.pageSize() : limit, Duration.ZERO)
                    .thenApply(page -> Replies.json(200, ReplyJson.eventPage(page, after)));
        }
        Position start = new Position(after, limit == 0 ? Long.MAX_VALUE : limit);
        return new Follower<Position>(
                        system,
                        times,
                        format,
                        follow,
                        (at, wait) -> pulled(selection, at, wait, format, follow),
                        Problems::of)
                .reply(start);
    }

    private CompletionStage<Follower.Pulled<Position>> pulled(
            Selection selection, Position at, Duration wait, StreamFormat format, boolean isFollowing) {
        int limit = (int) Math.clamp(at.remaining, 1, EVENTS_MAX);
        return pull(selection, at.after, limit, wait).thenApply(page -> {
            long remaining = at.remaining - page.events().size();
            boolean isCaughtUp = page.events().isEmpty() && page.nextAfter().equals(at.after);
            boolean isLast = remaining <= 0 || (!isFollowing && isCaughtUp);
            return new Follower.Pulled<>(
                    frames(page, format, isLast), new Position(page.nextAfter(), remaining), isLast);
        });
    }

    private CompletionStage<EventPage> pull(Selection selection, EventCursor after, int limit, Duration wait) {
        return channels.events(selection.channel, selection.job, selection.types, after, limit, wait);
    }

    private static ByteString frames(EventPage page, StreamFormat format, boolean isLast) {
        ByteStringBuilder out = new ByteStringBuilder();
        if (page.missed() > 0) {
            format.gap(out, page.missed());
        }
        for (ChannelEventView event : page.events()) {
            format.item(out, event.cursor().toString(), JsonText.bytes(json -> ReplyJson.writeEvent(json, event)));
        }
        if (isLast) {
            format.end(out, page.nextAfter().toString(), false);
        }
        return out.result();
    }

    private static Set<String> types(Query query) {
        List<String> types = query.texts("type");
        if (types.size() > TYPES_MAX) {
            throw Query.invalid("type", "must name at most " + TYPES_MAX + " types");
        }
        return Set.copyOf(types);
    }
}
