package io.millrace.edge.http;

import io.millrace.api.v1.DurationText;
import io.millrace.api.v1.HandleJson;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.api.v1.ThreadJson;
import io.millrace.api.v1.ThreadSpecReader;
import io.millrace.channel.ChannelThreads;
import io.millrace.channel.Channels;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadView;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Location;

/** The operations of threads (HTTP contract, section 4). A path names a thread by its identifier or by its handle. */
final class ThreadRoutes {
    private static final int CREATED = 201;
    private static final String SUBJECT = "thread";

    private final ChannelThreads threads;
    private final HandleValidation validation;

    ThreadRoutes(Channels channels) {
        this.threads = channels.threads();
        this.validation = new HandleValidation(SUBJECT, channels, threads::validate);
    }

    CompletionStage<HttpResponse> create(Call call) {
        ChannelName channel = call.channel();
        Exchange exchange = call.exchange();
        return Bodies.json(exchange, RequestLimits.BODY_BYTES_MAX).thenCompose(body -> {
            ThreadSpec thread = ThreadSpecReader.read(body);
            return threads.create(channel, thread, IdempotencyKeys.of(exchange, SUBJECT, body))
                    .thenApply(ThreadRoutes::created);
        });
    }

    CompletionStage<HttpResponse> list(Call call) {
        int pageSize = call.query().pageSize();
        int offset = OffsetToken.parse(call.query().pageToken());
        return threads.list(call.channel())
                .thenApply(all -> Replies.json(
                        200,
                        ReplyJson.<ThreadView>page(OffsetToken.page(all, offset, pageSize), ThreadJson::writeThread)));
    }

    CompletionStage<HttpResponse> get(Call call) {
        return threads.show(call.channel(), call.reference(SUBJECT))
                .thenApply(thread -> Replies.json(json -> ThreadJson.writeThread(json, thread)));
    }

    CompletionStage<HttpResponse> terminate(Call call) {
        ChannelName channel = call.channel();
        Reference thread = call.reference(SUBJECT);
        Duration grace = grace(call.query());
        return Bodies.none(call.exchange())
                .thenCompose(_ -> threads.terminate(channel, thread, grace))
                .thenApply(end -> Replies.json(json -> ThreadJson.writeTermination(json, end)));
    }

    CompletionStage<HttpResponse> metrics(Call call) {
        return threads.metrics(call.channel(), call.reference(SUBJECT))
                .thenApply(metrics -> Replies.json(json -> ThreadJson.writeMetrics(json, metrics)));
    }

    CompletionStage<HttpResponse> totals(Call call) {
        return threads.totals(call.channel())
                .thenApply(totals -> Replies.json(json -> ReplyJson.writeTotals(json, totals)));
    }

    CompletionStage<HttpResponse> verifyIsolation(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> threads.verifyIsolation(channel))
                .thenApply(report -> Replies.json(json -> HandleJson.writeIsolation(json, report)));
    }

    CompletionStage<HttpResponse> validate(Call call) {
        return validation.answer(call);
    }

    /** A longer grace is refused rather than cut: who asks for one relies on it. */
    private static Duration grace(Query query) {
        Duration grace = query.duration("grace", RequestLimits.DURATION_MAX, RequestLimits.TERMINATION_GRACE_DEFAULT);
        if (grace.compareTo(RequestLimits.TERMINATION_GRACE_MAX) > 0) {
            throw Query.invalid("grace", "must be at most " + DurationText.format(RequestLimits.TERMINATION_GRACE_MAX));
        }
        return grace;
    }

    private static HttpResponse created(ChannelThreads.CreatedThread created) {
        Handle handle = created.thread().handle();
        HttpResponse reply = Replies.json(
                        CREATED, JsonText.bytes(json -> ThreadJson.writeThread(json, created.thread())))
                .addHeader(Location.create("/v1/channels/" + handle.channel() + "/threads/" + handle.id()));
        return created.replayed() ? reply.addHeader(IdempotencyKeys.REPLAYED) : reply;
    }
}
