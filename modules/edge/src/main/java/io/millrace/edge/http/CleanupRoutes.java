package io.millrace.edge.http;

import io.millrace.api.v1.CleanupJson;
import io.millrace.api.v1.CleanupTaskReader;
import io.millrace.api.v1.HandleJson;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.channel.ChannelCleanups;
import io.millrace.channel.Channels;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Location;

/**
 * The operations of cleanups (HTTP contract, section 6). A path names a task by its name or by its handle.
 *
 * <p>An execution goes on when the client that asked for it does not wait, or no longer; asking again joins it.
 */
final class CleanupRoutes {
    private static final int CREATED = 201;
    private static final String SUBJECT = "cleanup";

    private final ChannelCleanups cleanups;
    private final HandleValidation validation;

    CleanupRoutes(Channels channels) {
        this.cleanups = channels.cleanups();
        this.validation = new HandleValidation(SUBJECT, channels, cleanups::validate);
    }

    CompletionStage<HttpResponse> register(Call call) {
        ChannelName channel = call.channel();
        Exchange exchange = call.exchange();
        return Bodies.json(exchange, RequestLimits.BODY_BYTES_MAX).thenCompose(body -> {
            CleanupTask task = CleanupTaskReader.read(body);
            return cleanups.register(channel, task, IdempotencyKeys.of(exchange, SUBJECT, body))
                    .thenApply(CleanupRoutes::created);
        });
    }

    CompletionStage<HttpResponse> list(Call call) {
        int pageSize = call.query().pageSize();
        int offset = OffsetToken.parse(call.query().pageToken());
        return cleanups.list(call.channel())
                .thenApply(all -> Replies.json(
                        200,
                        ReplyJson.<CleanupView>page(OffsetToken.page(all, offset, pageSize), CleanupJson::writeTask)));
    }

    CompletionStage<HttpResponse> get(Call call) {
        return cleanups.show(call.channel(), call.reference(SUBJECT))
                .thenApply(task -> Replies.json(json -> CleanupJson.writeTask(json, task)));
    }

    CompletionStage<HttpResponse> remove(Call call) {
        ChannelName channel = call.channel();
        Reference task = call.reference(SUBJECT);
        return Bodies.none(call.exchange())
                .thenCompose(_ -> cleanups.remove(channel, task))
                .thenApply(removed -> Replies.json(json -> CleanupJson.writeRemoved(json, removed)));
    }

    CompletionStage<HttpResponse> execute(Call call) {
        ChannelName channel = call.channel();
        Reference task = call.reference(SUBJECT);
        return executed(call, wait -> cleanups.execute(channel, task, wait));
    }

    CompletionStage<HttpResponse> executeAll(Call call) {
        ChannelName channel = call.channel();
        return executed(call, wait -> cleanups.executeAll(channel, wait));
    }

    CompletionStage<HttpResponse> ofJob(Call call) {
        return cleanups.ofJob(call.channel(), call.job())
                .thenApply(result -> Replies.json(json -> CleanupJson.writeResult(json, result)));
    }

    CompletionStage<HttpResponse> rollback(Call call) {
        ChannelName channel = call.channel();
        Reference task = call.reference(SUBJECT);
        return Bodies.none(call.exchange())
                .thenCompose(_ -> cleanups.rollback(channel, task))
                .thenApply(result -> Replies.json(json -> CleanupJson.writeRollback(json, result)));
    }

    CompletionStage<HttpResponse> validate(Call call) {
        return validation.answer(call);
    }

    CompletionStage<HttpResponse> validateDependencies(Call call) {
        ChannelName channel = call.channel();
        Reference task = call.reference(SUBJECT);
        return Bodies.none(call.exchange())
                .thenCompose(_ -> cleanups.validateDependencies(channel, task))
                .thenApply(report -> Replies.json(json -> CleanupJson.writeDependencies(json, report)));
    }

    CompletionStage<HttpResponse> metrics(Call call) {
        return cleanups.metrics(call.channel(), call.reference(SUBJECT))
                .thenApply(metrics -> Replies.json(json -> CleanupJson.writeMetrics(json, metrics)));
    }

    CompletionStage<HttpResponse> history(Call call) {
        int pageSize = call.query().pageSize();
        int offset = OffsetToken.parse(call.query().pageToken());
        return cleanups.history(call.channel(), call.reference(SUBJECT))
                .thenApply(lines -> Replies.json(
                        200,
                        ReplyJson.<CleanupRecord>page(
                                OffsetToken.page(lines, offset, pageSize), CleanupJson::writeRecord)));
    }

    CompletionStage<HttpResponse> totals(Call call) {
        return cleanups.metrics(call.channel())
                .thenApply(totals -> Replies.json(json -> ReplyJson.writeTotals(json, totals)));
    }

    CompletionStage<HttpResponse> verifyIsolation(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> cleanups.verifyIsolation(channel))
                .thenApply(report -> Replies.json(json -> HandleJson.writeIsolation(json, report)));
    }

    /** Waits as long as the client prefers, or as long as it may. */
    private static CompletionStage<HttpResponse> executed(
            Call call, Function<Duration, CompletionStage<CleanupResult>> execution) {
        Duration preferred = Preferences.wait(call.exchange().header("Prefer"), RequestLimits.CLEANUP_WAIT_MAX);
        CompletionStage<HttpResponse> reply = Bodies.none(call.exchange())
                .thenCompose(_ -> execution.apply(preferred == null ? RequestLimits.CLEANUP_WAIT_MAX : preferred))
                .thenApply(result -> Replies.json(json -> CleanupJson.writeResult(json, result)));
        return preferred == null
                ? reply
                : reply.thenApply(response -> response.addHeader(Preferences.applied(preferred)));
    }

    private static HttpResponse created(ChannelCleanups.Registration registration) {
        Handle handle = registration.task().handle();
        HttpResponse reply = Replies.json(
                        CREATED, JsonText.bytes(json -> CleanupJson.writeTask(json, registration.task())))
                .addHeader(Location.create("/v1/channels/" + handle.channel() + "/cleanups/"
                        + registration.task().task().name()));
        return registration.replayed() ? reply.addHeader(IdempotencyKeys.REPLAYED) : reply;
    }
}
