package io.millrace.edge.http;

import io.millrace.api.v1.LockJson;
import io.millrace.api.v1.LockRequestReader;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.channel.ChannelLocks;
import io.millrace.channel.Channels.IdempotencyKey;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.lock.LockView;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * The operations of locks (HTTP contract, section 4).
 *
 * <p>A client that hangs up while it waits for a lock may still be granted it; the lease then runs out by itself. Asking
 * again with the same {@code Idempotency-Key} gives that lease.
 */
final class LockRoutes {
    private final ChannelLocks locks;

    LockRoutes(ChannelLocks locks) {
        this.locks = locks;
    }

    CompletionStage<HttpResponse> acquire(Call call) {
        ChannelName channel = call.channel();
        LockName lock = call.lock();
        Exchange exchange = call.exchange();
        return Bodies.json(exchange, RequestLimits.BODY_BYTES_MAX).thenCompose(body -> {
            LockRequestReader.Wish wish = LockRequestReader.readWish(lock, body);
            IdempotencyKey key = IdempotencyKeys.of(exchange, "lock", body);
            return locks.acquire(channel, RequestOwners.of(wish.owner(), key), wish.request(), requestKey(key))
                    .thenApply(answer -> {
                        if (exchange.isClientGone() && key == null) {
                            giveBack(channel, answer);
                        }
                        return Replies.json(json -> LockJson.writeAnswer(json, answer));
                    });
        });
    }

    /** Nobody will hear of the lease, so nobody else should wait for its end. */
    private void giveBack(ChannelName channel, LockAnswer answer) {
        if (answer instanceof LockAnswer.Granted(var lease, var _)) {
            locks.release(channel, lease.lock(), lease.handle());
        }
    }

    CompletionStage<HttpResponse> renew(Call call) {
        return withLease(
                call,
                (lock, lease) -> locks.renew(call.channel(), lock, lease)
                        .thenApply(renewed -> Replies.json(json -> LockJson.writeGranted(json, renewed, List.of()))));
    }

    CompletionStage<HttpResponse> release(Call call) {
        return withLease(
                call,
                (lock, lease) -> locks.release(call.channel(), lock, lease)
                        .thenApply(wasHeld -> Replies.json(json -> LockJson.writeReleased(json, lock, wasHeld))));
    }

    CompletionStage<HttpResponse> list(Call call) {
        int pageSize = call.query().pageSize();
        int offset = OffsetToken.parse(call.query().pageToken());
        return locks.list(call.channel())
                .thenApply(all -> Replies.json(
                        200, ReplyJson.<LockView>page(OffsetToken.page(all, offset, pageSize), LockJson::writeLock)));
    }

    CompletionStage<HttpResponse> get(Call call) {
        return locks.show(call.channel(), call.lock())
                .thenApply(lock -> Replies.json(json -> LockJson.writeLock(json, lock)));
    }

    CompletionStage<HttpResponse> graph(Call call) {
        return locks.graph(call.channel()).thenApply(graph -> Replies.json(json -> LockJson.writeGraph(json, graph)));
    }

    CompletionStage<HttpResponse> verifyHierarchy(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> locks.verifyHierarchy(channel))
                .thenApply(report -> Replies.json(json -> LockJson.writeHierarchy(json, report)));
    }

    private static CompletionStage<HttpResponse> withLease(
            Call call, BiFunction<LockName, Handle, CompletionStage<HttpResponse>> action) {
        LockName lock = call.lock();
        return Bodies.json(call.exchange(), RequestLimits.BODY_BYTES_MAX)
                .thenCompose(body -> action.apply(lock, LockRequestReader.readLease(body)));
    }

    /** Another body under the same key is another request, which must not be given the lease of the first. */
    private static @Nullable String requestKey(@Nullable IdempotencyKey key) {
        return key == null ? null : key.key() + " " + key.bodyHash();
    }
}
