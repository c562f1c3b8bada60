package io.millrace.edge.sse;

import io.millrace.api.v1.HttpProblem;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.pattern.Patterns;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Streams what lies behind a cursor, page by page, by asking again and again.
 *
 * <p>The next page is asked for when the client has taken the one before, so a slow client costs one page and a client
 * that went away costs nothing once its last question is answered. A channel that cannot answer for a while, because it
 * moves to another node for example, is asked again until it can.
 *
 * @param <C> cursor
 */
public final class Follower<C> {
    private final ActorSystem<?> system;
    private final FollowTimes times;
    private final StreamFormat format;
    private final Puller<C> puller;
    private final Function<Throwable, HttpProblem> problems;
    private final Duration wait;

    /** Asks for the page behind a cursor, waiting for a first item if there is none. */
    @FunctionalInterface
    public interface Puller<C> {
        CompletionStage<Pulled<C>> pull(C cursor, Duration wait);
    }

    /**
     * A page as it is sent.
     *
     * @param bytes in the stream's format, empty if there was nothing new
     * @param next cursor to continue from
     * @param isLast true if the stream ends with this page
     */
    public record Pulled<C>(ByteString bytes, C next, boolean isLast) {}

    /**
     * Where the stream is.
     *
     * @param ready the page to send next, absent if it is still to be asked for
     * @param failingSinceNanos when the first of the latest questions failed, absent if the last one was answered
     */
    private record Position<C>(
            C cursor,
            @Nullable Pulled<C> ready,
            boolean hasEnded,
            @Nullable Long failingSinceNanos) {}

    /**
     * @param isFollowing true to go on behind the last item there is
     * @param problems what a failed question is answered with
     */
    public Follower(
            ActorSystem<?> system,
            FollowTimes times,
            StreamFormat format,
            boolean isFollowing,
            Puller<C> puller,
            Function<Throwable, HttpProblem> problems) {
        this.system = system;
        this.times = times;
        this.format = format;
        this.puller = puller;
        this.problems = problems;
        this.wait = isFollowing ? times.poll() : Duration.ZERO;
    }

    /** The reply that streams from a cursor on. Its first page is asked for at once, so that an error is one. */
    public CompletionStage<HttpResponse> reply(C start) {
        return puller.pull(start, Duration.ZERO)
                .thenApply(first -> HttpResponse.create()
                        .addHeader(RawHeader.create("Cache-Control", "no-store"))
                        .addHeader(RawHeader.create("X-Accel-Buffering", "no"))
                        .addHeader(RawHeader.create("X-Content-Type-Options", "nosniff"))
                        .withEntity(HttpEntities.createChunked(format.contentType(), stream(start, first))));
    }

    private Source<ByteString, NotUsed> stream(C start, Pulled<C> first) {
        Source<ByteString, NotUsed> pages = Source.unfoldAsync(new Position<>(start, first, false, null), this::step);
        Source<ByteString, NotUsed> all =
                Source.single(format.preamble()).concat(pages).filter(bytes -> !bytes.isEmpty());
        return format.heartbeat().isEmpty() ? all : all.keepAlive(times.heartbeat(), format::heartbeat);
    }

    private CompletionStage<Optional<Pair<Position<C>, ByteString>>> step(Position<C> position) {
        if (position.hasEnded) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        if (position.ready != null) {
            return CompletableFuture.completedFuture(sent(position.ready));
        }
        long askedNanos = System.nanoTime();
        return puller.pull(position.cursor, wait)
                .thenCompose(pulled -> {
                    boolean isIdle = pulled.bytes.isEmpty() && pulled.next.equals(position.cursor) && !pulled.isLast;
                    boolean wasQuick =
                            System.nanoTime() - askedNanos < times.retry().toNanos();
                    // An answer that is neither new nor waited for must not become a busy loop.
                    return isIdle && wasQuick ? later(sent(pulled)) : CompletableFuture.completedFuture(sent(pulled));
                })
                .exceptionallyCompose(failure -> failed(position, failure));
    }

    private Optional<Pair<Position<C>, ByteString>> sent(Pulled<C> pulled) {
        return Optional.of(Pair.create(new Position<>(pulled.next, null, pulled.isLast, null), pulled.bytes));
    }

    private CompletionStage<Optional<Pair<Position<C>, ByteString>>> failed(Position<C> position, Throwable failure) {
        HttpProblem problem = problems.apply(failure);
        long now = System.nanoTime();
        long since = position.failingSinceNanos == null ? now : position.failingSinceNanos;
        if (problem.problem().isTemporary() && now - since < times.outage().toNanos()) {
            Position<C> again = new Position<>(position.cursor, null, false, since);
            return later(Optional.of(Pair.create(again, ByteString.emptyByteString())));
        }
        Position<C> end = new Position<>(position.cursor, null, true, null);
        return CompletableFuture.completedFuture(Optional.of(Pair.create(end, format.error(problem))));
    }

    private <T> CompletionStage<T> later(T value) {
        return Patterns.after(times.retry(), system, () -> CompletableFuture.completedFuture(value));
    }
}
