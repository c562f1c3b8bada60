package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ProblemJson;
import io.millrace.contracts.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpCharsets;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.MediaTypes;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/** Builds replies. */
public final class Replies {
    private static final ContentType PROBLEM =
            ContentTypes.create(MediaTypes.applicationWithFixedCharset("problem+json", HttpCharsets.UTF_8));

    /** Keeps browsers from taking one content type for another. */
    static final HttpHeader NO_SNIFFING = RawHeader.create("X-Content-Type-Options", "nosniff");

    private static final Duration RETRY_AFTER_DEFAULT = Duration.ofSeconds(1);

    private Replies() {}

    /** A JSON body. */
    public static HttpResponse json(int status, byte[] body) {
        return HttpResponse.create()
                .withStatus(StatusCodes.get(status))
                .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, ByteString.fromArrayUnsafe(body)));
    }

    /** A JSON value with status 200. */
    public static HttpResponse json(JsonText.Value value) {
        return json(200, JsonText.bytes(value));
    }

    /** Bytes of no particular type, which a browser must not take for a page. */
    static HttpResponse bytes(byte[] body) {
        return HttpResponse.create()
                .addHeader(NO_SNIFFING)
                .withEntity(
                        HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, ByteString.fromArrayUnsafe(body)));
    }

    /** It was done, and there is nothing to say about it. */
    static HttpResponse noContent() {
        return HttpResponse.create().withStatus(StatusCodes.NO_CONTENT);
    }

    /** A problem; one that is worth trying again says when. */
    public static HttpResponse problem(HttpProblem problem) {
        HttpResponse reply = HttpResponse.create()
                .withStatus(status(problem.status()))
                .withEntity(HttpEntities.create(PROBLEM, ByteString.fromArrayUnsafe(ProblemJson.bytes(problem))))
                .addHeader(NO_SNIFFING);
        return isWorthRetrying(problem)
                ? reply.addHeader(RawHeader.create("Retry-After", Long.toString(retryAfterSeconds(problem))))
                : reply;
    }

    /** A path that exists and does not take the request's method. */
    public static HttpResponse wrongMethod(Exchange exchange, List<String> allowed) {
        String methods = String.join(", ", allowed);
        return problem(HttpProblem.refused(
                        405,
                        ErrorCode.INVALID_ARGUMENT,
                        "The path does not take the method " + exchange.method() + ". It takes " + methods + ".",
                        Map.of("allowed", methods)))
                .addHeader(RawHeader.create("Allow", methods));
    }

    /** A path that does not exist. */
    public static HttpResponse unknownPath(@Nullable String suggestion) {
        String hint = suggestion == null ? "GET / lists what there is." : "Did you mean " + suggestion + "?";
        return problem(
                HttpProblem.refused(404, ErrorCode.NOT_FOUND, "There is nothing at this path. " + hint, Map.of()));
    }

    private static boolean isWorthRetrying(HttpProblem problem) {
        ErrorCode code = problem.problem().code();
        return problem.problem().retryAfter() != null
                || code == ErrorCode.RESOURCE_LIMIT
                || code == ErrorCode.UNAVAILABLE;
    }

    private static long retryAfterSeconds(HttpProblem problem) {
        Duration given = problem.problem().retryAfter();
        Duration delay = given == null ? RETRY_AFTER_DEFAULT : given;
        return Math.max(1, (delay.toMillis() + 999) / 1000);
    }

    private static StatusCode status(int status) {
        return StatusCodes.lookup(status)
                .orElseGet(() -> StatusCodes.custom(status, "Refused", "Refused", false, true));
    }
}
