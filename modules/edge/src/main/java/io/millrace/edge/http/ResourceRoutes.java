package io.millrace.edge.http;

import io.millrace.api.v1.HandleJson;
import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.api.v1.ResourceJson;
import io.millrace.api.v1.ResourceRequestReader;
import io.millrace.channel.ChannelResources;
import io.millrace.channel.Channels;
import io.millrace.channel.Channels.IdempotencyKey;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceView;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Location;

/**
 * The operations of resources (HTTP contract, section 5). A path names a resource by its identifier or by its handle.
 *
 * <p>What is granted to a client that has hung up goes back at once, unless its request came with an {@code
 * Idempotency-Key}: asking again with it gives the resource; a time to live takes it back without that.
 */
final class ResourceRoutes {
    private static final int CREATED = 201;
    private static final int TOO_LARGE = 413;
    private static final String SUBJECT = "resource";

    private final ChannelResources resources;
    private final HandleValidation validation;

    ResourceRoutes(Channels channels) {
        this.resources = channels.resources();
        this.validation = new HandleValidation(SUBJECT, channels, resources::validate);
    }

    CompletionStage<HttpResponse> allocate(Call call) {
        ChannelName channel = call.channel();
        Exchange exchange = call.exchange();
        return Bodies.json(exchange, RequestLimits.BODY_BYTES_MAX).thenCompose(body -> {
            ResourceRequestReader.Wish wish = ResourceRequestReader.read(body);
            IdempotencyKey key = IdempotencyKeys.of(exchange, SUBJECT, body);
            return resources
                    .allocate(channel, RequestOwners.of(wish.owner(), key), wish.request(), key)
                    .thenApply(allocation -> {
                        if (exchange.isClientGone() && key == null) {
                            resources.release(
                                    channel, Reference.to(allocation.resource().handle()));
                        }
                        return created(allocation);
                    });
        });
    }

    CompletionStage<HttpResponse> list(Call call) {
        int pageSize = call.query().pageSize();
        int offset = OffsetToken.parse(call.query().pageToken());
        Predicate<ResourceView> filter = ResourceFilters.of(call.query());
        return resources.list(call.channel()).thenApply(all -> {
            List<ResourceView> asked = all.stream().filter(filter).toList();
            return Replies.json(
                    200,
                    ReplyJson.<ResourceView>page(
                            OffsetToken.page(asked, offset, pageSize), ResourceJson::writeResource));
        });
    }

    CompletionStage<HttpResponse> get(Call call) {
        return resources
                .show(call.channel(), call.reference(SUBJECT))
                .thenApply(resource -> Replies.json(json -> ResourceJson.writeResource(json, resource)));
    }

    CompletionStage<HttpResponse> release(Call call) {
        ChannelName channel = call.channel();
        Reference resource = call.reference(SUBJECT);
        return Bodies.none(call.exchange())
                .thenCompose(_ -> resources.release(channel, resource))
                .thenApply(released -> Replies.json(json -> ResourceJson.writeReleased(json, released)));
    }

    CompletionStage<HttpResponse> metrics(Call call) {
        return resources
                .usage(call.channel(), call.reference(SUBJECT))
                .thenApply(usage -> Replies.json(json -> ResourceJson.writeUsage(json, usage)));
    }

    CompletionStage<HttpResponse> verifyCleanup(Call call) {
        ChannelName channel = call.channel();
        Reference resource = call.reference(SUBJECT);
        return Bodies.none(call.exchange())
                .thenCompose(_ -> resources.verifyCleanup(channel, resource))
                .thenApply(check -> Replies.json(json -> ResourceJson.writeCleanup(json, check)));
    }

    CompletionStage<HttpResponse> validate(Call call) {
        return validation.answer(call);
    }

    CompletionStage<HttpResponse> verifyIsolation(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> resources.verifyIsolation(channel))
                .thenApply(report -> Replies.json(json -> HandleJson.writeIsolation(json, report)));
    }

    /** Of one type its limit, of all a list. */
    CompletionStage<HttpResponse> limits(Call call) {
        ResourceType type = ResourceFilters.subject(call.query());
        Set<ResourceType> asked = type == null ? EnumSet.allOf(ResourceType.class) : Set.of(type);
        return resources
                .limits(call.channel(), asked)
                .thenApply(limits -> type == null
                        ? Replies.json(200, ReplyJson.list(limits, ResourceJson::writeLimit))
                        : Replies.json(json -> ResourceJson.writeLimit(json, limits.getFirst())));
    }

    CompletionStage<HttpResponse> totals(Call call) {
        return resources
                .metrics(call.channel())
                .thenApply(metrics -> Replies.json(json -> ResourceJson.writeMetrics(json, metrics)));
    }

    CompletionStage<HttpResponse> readContent(Call call) {
        return resources.read(call.channel(), call.reference(SUBJECT)).thenApply(Replies::bytes);
    }

    CompletionStage<HttpResponse> writeContent(Call call) {
        ChannelName channel = call.channel();
        Reference buffer = call.reference(SUBJECT);
        return Bodies.content(call.exchange())
                .thenCompose(content -> resources
                        .write(channel, buffer, content)
                        .thenApply(_ -> Replies.noContent())
                        .exceptionally(failure -> Replies.problem(unwritten(Problems.of(failure)))));
    }

    /** Nothing can be wrong with content except that it is too long, which HTTP has a status of its own for. */
    private static HttpProblem unwritten(HttpProblem problem) {
        return problem.problem().code() == ErrorCode.INVALID_ARGUMENT
                ? new HttpProblem(TOO_LARGE, problem.problem())
                : problem;
    }

    private static HttpResponse created(ChannelResources.Allocation allocation) {
        Handle handle = allocation.resource().handle();
        HttpResponse reply = Replies.json(
                        CREATED, JsonText.bytes(json -> ResourceJson.writeResource(json, allocation.resource())))
                .addHeader(Location.create("/v1/channels/" + handle.channel() + "/resources/" + handle.id()));
        return allocation.replayed() ? reply.addHeader(IdempotencyKeys.REPLAYED) : reply;
    }
}
