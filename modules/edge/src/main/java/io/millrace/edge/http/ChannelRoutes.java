package io.millrace.edge.http;

import io.millrace.api.v1.ChannelSpecReader;
import io.millrace.api.v1.OperationJson;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.channel.Channels;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelView;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Location;

/** The operations of channels (HTTP contract, section 2). */
final class ChannelRoutes {
    private static final int CREATED = 201;
    private static final int ACCEPTED = 202;

    private final Channels channels;

    ChannelRoutes(Channels channels) {
        this.channels = channels;
    }

    CompletionStage<HttpResponse> list(Call call) {
        return channels.channels(call.query().pageSize(), call.query().pageToken())
                .thenApply(page -> Replies.json(200, ReplyJson.page(page, ReplyJson::writeChannel)));
    }

    CompletionStage<HttpResponse> get(Call call) {
        return channels.channel(call.channel()).thenApply(ChannelRoutes::shown);
    }

    CompletionStage<HttpResponse> put(Call call) {
        ChannelName channel = call.channel();
        return Bodies.json(call.exchange(), RequestLimits.BODY_BYTES_MAX).thenCompose(body -> {
            ChannelSpec spec = ChannelSpecReader.read(channel, body);
            return channels.put(channel, spec).thenApply(put -> {
                HttpResponse reply = shown(put.channel());
                return put.created() ? reply.withStatus(CREATED).addHeader(location(channel)) : reply;
            });
        });
    }

    CompletionStage<HttpResponse> delete(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> channels.delete(channel))
                .thenApply(deletion ->
                        Replies.json(ACCEPTED, OperationJson.accepted(deletion)).addHeader(location(channel)));
    }

    /** The only operations that take long enough to be looked at are deletions of channels. */
    CompletionStage<HttpResponse> operation(Call call) {
        return channels.deletion(OperationJson.reference(call.operation()))
                .thenApply(deletion -> Replies.json(json -> OperationJson.write(json, deletion)));
    }

    CompletionStage<HttpResponse> pause(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> channels.pause(channel))
                .thenApply(ChannelRoutes::shown);
    }

    CompletionStage<HttpResponse> resume(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> channels.resume(channel))
                .thenApply(ChannelRoutes::shown);
    }

    CompletionStage<HttpResponse> drain(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> channels.drain(channel))
                .thenApply(ChannelRoutes::shown);
    }

    CompletionStage<HttpResponse> purge(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> channels.purge(channel))
                .thenApply(purged -> Replies.json(json -> {
                    json.writeStartObject();
                    json.writeNumberField("purged", purged);
                    json.writeEndObject();
                }));
    }

    private static HttpResponse shown(ChannelView channel) {
        return Replies.json(json -> ReplyJson.writeChannel(json, channel));
    }

    private static Location location(ChannelName channel) {
        return Location.create("/v1/channels/" + channel);
    }
}
