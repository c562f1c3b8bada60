package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.channel.Channels;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogQuery;
import io.millrace.contracts.log.LogStream;
import io.millrace.edge.sse.FollowTimes;
import io.millrace.edge.sse.Follower;
import io.millrace.edge.sse.StreamFormat;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.util.ByteString;
import org.apache.pekko.util.ByteStringBuilder;
import org.jspecify.annotations.Nullable;

/** The reading and removal of logs (HTTP contract, section 7). */
final class LogRoutes {
    private static final Map<String, LogStream> STREAMS =
            Arrays.stream(LogStream.values()).collect(Collectors.toMap(LogStream::wireName, Function.identity()));
    private static final List<StreamFormat> FOLLOWING =
            List.of(StreamFormat.EVENTS, StreamFormat.LINES, StreamFormat.TEXT);
    private static final List<StreamFormat> READING =
            List.of(StreamFormat.PAGE, StreamFormat.LINES, StreamFormat.TEXT, StreamFormat.EVENTS);
    private static final int CONTAINS_CHARS_MAX = 1_000;

    private final ActorSystem<?> system;
    private final FollowTimes times;
    private final Channels channels;

    /**
     * Where a stream of lines is.
     *
     * @param query asks for what follows
     * @param remaining lines that may still be sent
     */
    private record Position(LogQuery query, long remaining) {}

    LogRoutes(ActorSystem<?> system, HttpSettings settings, Channels channels) {
        this.system = system;
        this.times = settings.follow();
        this.channels = channels;
    }

    CompletionStage<HttpResponse> ofJob(Call call) {
        return read(call, call.channel(), call.job(), null);
    }

    CompletionStage<HttpResponse> ofChannel(Call call) {
        return read(call, call.channel(), null, null);
    }

    /** Looked up first, because its lines are kept under its id and the path may have its name. */
    CompletionStage<HttpResponse> ofProcess(Call call) {
        ChannelName channel = call.channel();
        return channels.processes()
                .show(channel, call.named())
                .thenCompose(process -> read(call, channel, null, process.id()));
    }

    CompletionStage<HttpResponse> remove(Call call) {
        ChannelName channel = call.channel();
        String process = call.query().text("process");
        return Bodies.none(call.exchange())
                .thenCompose(_ -> process == null
                        ? channels.removeLogs(channel, null)
                        : channels.processes()
                                .show(channel, process)
                                .thenCompose(shown -> channels.removeLogs(channel, shown.id())))
                .thenApply(bytes -> Replies.json(json -> ReplyJson.writeLogsRemoved(json, bytes)));
    }

    private CompletionStage<HttpResponse> read(
            Call call, ChannelName channel, @Nullable JobId job, @Nullable JobId process) {
        Query query = call.query();
        boolean isFollowing = query.flag("follow", false);
        StreamFormat format = Streams.format(call, isFollowing ? FOLLOWING : READING);
        int limit = Streams.limit(query, RequestLimits.LOG_LINES_MAX);
        LogQuery first = query(call, channel, job, process, limit == 0 ? RequestLimits.LOG_LINES_DEFAULT : limit);
        if (format == StreamFormat.PAGE) {
            return channels.logs(first, Duration.ZERO)
                    .thenApply(page -> Replies.json(200, ReplyJson.logPage(channel, page)));
        }
        Position start = new Position(first, limit == 0 ? Long.MAX_VALUE : limit);
        return new Follower<Position>(
                        system,
                        times,
                        format,
                        isFollowing,
                        (at, wait) -> pull(at, wait, format, isFollowing),
                        Problems::of)
                .reply(start);
    }

    private CompletionStage<Follower.Pulled<Position>> pull(
            Position at, Duration wait, StreamFormat format, boolean isFollowing) {
        return channels.logs(at.query, wait).thenApply(page -> {
            long remaining = at.remaining - page.lines().size();
            boolean isLast = page.isComplete() || remaining <= 0 || (!isFollowing && page.isCaughtUp());
            Position next = new Position(continued(at.query, page.nextAfter(), remaining), remaining);
            return new Follower.Pulled<>(frames(at.query.channel(), page, format, isLast), next, isLast);
        });
    }

    private static ByteString frames(ChannelName channel, LogPage page, StreamFormat format, boolean isLast) {
        ByteStringBuilder out = new ByteStringBuilder();
        if (page.missed() > 0) {
            format.gap(out, page.missed());
        }
        for (LogLine line : page.lines()) {
            if (format == StreamFormat.TEXT) {
                out.append(ByteString.fromString(line.isPartial() ? line.content() : line.content() + "\n"));
            } else {
                format.item(
                        out,
                        Long.toString(line.cursor()),
                        JsonText.bytes(json -> ReplyJson.writeLogLine(json, channel, line)));
            }
        }
        if (isLast) {
            format.end(out, Long.toString(page.nextAfter()), page.isComplete());
        }
        return out.result();
    }

    private static LogQuery continued(LogQuery query, long after, long remaining) {
        int limit = (int) Math.clamp(remaining, 1, RequestLimits.LOG_LINES_DEFAULT);
        return new LogQuery(
                query.channel(),
                query.job(),
                query.process(),
                after,
                null,
                query.since(),
                query.until(),
                query.stream(),
                query.contains(),
                limit);
    }

    private static LogQuery query(
            Call call, ChannelName channel, @Nullable JobId job, @Nullable JobId process, int limit) {
        Query query = call.query();
        String cursor = Streams.cursor(call);
        int tail = query.number("tail", 1, RequestLimits.LOG_LINES_MAX, 0);
        if (tail > 0 && query.text("after") != null) {
            throw Query.invalid("tail", "must not be given together with 'after'");
        }
        String stream = query.text("stream");
        String contains = query.text("contains");
        if (contains != null && contains.length() > CONTAINS_CHARS_MAX) {
            throw Query.invalid("contains", "must have at most " + CONTAINS_CHARS_MAX + " characters");
        }
        // A client that connects again has its cursor; the tail was for its first connection.
        boolean isTail = tail > 0 && cursor == null;
        return new LogQuery(
                channel,
                job,
                process,
                cursor == null ? 0 : cursor(cursor),
                isTail ? Integer.valueOf(tail) : null,
                query.time("since"),
                query.time("until"),
                stream == null ? null : Query.oneOf("stream", stream, STREAMS),
                contains,
                Math.max(limit, isTail ? tail : 1));
    }

    private static long cursor(String text) {
        try {
            long cursor = Long.parseLong(text);
            if (cursor >= 0) {
                return cursor;
            }
        } catch (NumberFormatException e) {
            throw notACursor();
        }
        throw notACursor();
    }

    private static RuntimeException notACursor() {
        return HttpProblem.malformed("after", "is not a log cursor; use the cursor of the last line you received")
                .asException();
    }
}
