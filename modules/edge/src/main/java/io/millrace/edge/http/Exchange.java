package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.scaladsl.model.Uri;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** One request while it is answered. Used by one handler at a time. */
public final class Exchange {
    /** Bytes of an unwanted body that are read and thrown away so that the client gets to read the reply. */
    private static final long DISCARDED_BYTES_MAX = 128L << 20;

    private static final HttpProblem TOO_MUCH_AT_ONCE = HttpProblem.of(Problem.of(
            ErrorCode.UNAVAILABLE,
            "HttpApi",
            "Other large requests take all the memory there is for request bodies; nothing was done. Try again, or send"
                    + " smaller requests."));

    private final HttpRequest request;
    private final Connection connection;
    private final ActorSystem<?> system;
    private final BodyBudget budget;
    private boolean isBodyTaken;
    private long bytesReserved;

    Exchange(HttpRequest request, Connection connection, ActorSystem<?> system, BodyBudget budget) {
        this.request = request;
        this.connection = connection;
        this.system = system;
        this.budget = budget;
        if (request.entity().isStrict()) {
            connection.received();
        }
    }

    public HttpRequest request() {
        return request;
    }

    /** Name of the method, for example {@code GET}; a HEAD request appears as a GET. */
    public String method() {
        return request.method().value();
    }

    /** Decoded segments of the path; {@code /} has none, and a slash at the end gives an empty last one. */
    public List<String> segments() {
        List<String> segments = new ArrayList<>(6);
        Uri.Path path = request.getUri().asScala().path();
        while (!path.isEmpty()) {
            path = path.tail();
            if (path.startsWithSegment()) {
                segments.add((String) path.head());
                path = path.tail();
            } else if (!segments.isEmpty() || !path.isEmpty()) {
                segments.add("");
            }
        }
        return segments;
    }

    /** The path as it was sent. */
    public String path() {
        return request.getUri().asScala().path().toString();
    }

    /** The query string as it was sent, empty if there is none. */
    public String rawQuery() {
        return request.getUri().rawQueryString().orElse("");
    }

    /**
     * True once the client has hung up. What a request that nobody can repeat was granted meanwhile has to go back, for its
     * holder will never hear of it.
     */
    boolean isClientGone() {
        return connection.isClientGone();
    }

    /** The value of a header, null if the request does not have it. */
    public @Nullable String header(String name) {
        Optional<HttpHeader> header = request.getHeader(name);
        return header.isPresent() ? header.get().value() : null;
    }

    /**
     * The body, all of it.
     *
     * @param remedy what to do instead of sending too much, as a sentence
     * @return fails with status 413 if it has more than {@code bytesMax} bytes, 503 if other bodies take all the memory
     *     there is for them
     */
    public CompletionStage<byte[]> body(long bytesMax, String remedy) {
        HttpEntity entity = request.entity();
        if (entity instanceof HttpEntity.Strict strict) {
            isBodyTaken = true;
            ByteString data = strict.getData();
            return data.length() > bytesMax
                    ? CompletableFuture.failedFuture(tooLarge(bytesMax, remedy).asException())
                    : CompletableFuture.completedFuture(data.toArrayUnsafe());
        }
        OptionalLong length = entity.getContentLengthOption();
        if (length.isPresent() && length.getAsLong() > bytesMax) {
            return CompletableFuture.failedFuture(tooLarge(bytesMax, remedy).asException());
        }
        isBodyTaken = true;
        return request.entity()
                .withoutSizeLimit()
                .getDataBytes()
                .runWith(Sink.fold(new Body(bytesMax, remedy), this::add), system)
                .thenApply(body -> {
                    connection.received();
                    return body.bytes();
                });
    }

    /** Completes when nothing of the request is left to read, or nothing more of it will be read. */
    CompletionStage<?> discardRest() {
        HttpEntity entity = request.entity();
        if (isBodyTaken || entity.isStrict() || header("Expect") != null) {
            connection.received();
            return CompletableFuture.completedFuture(null);
        }
        return request.entity()
                .withSizeLimit(DISCARDED_BYTES_MAX)
                .getDataBytes()
                .runWith(Sink.ignore(), system)
                .exceptionally(_ -> Done.getInstance())
                .thenAccept(_ -> connection.received());
    }

    /** Gives back the memory that the body took. */
    void close() {
        budget.release(bytesReserved);
        bytesReserved = 0;
    }

    private Body add(Body body, ByteString part) {
        if (body.isKept(part.length())) {
            if (!budget.reserve(part.length())) {
                throw TOO_MUCH_AT_ONCE.asException();
            }
            bytesReserved += part.length();
        }
        return body.add(part);
    }

    private static HttpProblem tooLarge(long bytesMax, String remedy) {
        return HttpProblem.refused(
                413,
                ErrorCode.INVALID_ARGUMENT,
                "The request body has more than " + bytesMax + " bytes. " + remedy,
                Map.of("limit", bytesMax));
    }

    /** A body while it arrives. What lies beyond the limit is counted and not kept. */
    private static final class Body {
        private final long bytesMax;
        private final String remedy;
        private ByteString bytes = ByteString.emptyByteString();
        private long length;

        Body(long bytesMax, String remedy) {
            this.bytesMax = bytesMax;
            this.remedy = remedy;
        }

        boolean isKept(int partLength) {
            return length + partLength <= bytesMax;
        }

        Body add(ByteString part) {
            bytes = isKept(part.length()) ? bytes.concat(part) : ByteString.emptyByteString();
            length += part.length();
            if (length > DISCARDED_BYTES_MAX) {
                throw tooLarge(bytesMax, remedy).asException();
            }
            return this;
        }

        byte[] bytes() {
            if (length > bytesMax) {
                throw tooLarge(bytesMax, remedy).asException();
            }
            return bytes.toArrayUnsafe();
        }
    }
}
