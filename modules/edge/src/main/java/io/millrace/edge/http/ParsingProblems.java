package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.contracts.ErrorCode;
import java.util.Map;
import org.apache.pekko.event.LoggingAdapter;
import org.apache.pekko.http.ParsingErrorHandler;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.ErrorInfo;
import org.apache.pekko.http.scaladsl.model.StatusCode;
import org.apache.pekko.http.scaladsl.settings.ServerSettings;

/**
 * Answers what is no HTTP request, before it reaches a handler. Pekko HTTP finds it by the setting {@code error-handler}
 * and expects a Scala object, hence the field.
 */
public final class ParsingProblems extends ParsingErrorHandler {
    public static final ParsingProblems MODULE$ = new ParsingProblems();

    private ParsingProblems() {}

    @Override
    public HttpResponse handle(StatusCode status, ErrorInfo error, LoggingAdapter log, ServerSettings settings) {
        String detail = error.summary().isEmpty() ? status.reason() : error.summary();
        return Replies.problem(HttpProblem.refused(
                status.intValue(), code(status.intValue()), "The request is not valid HTTP: " + detail, Map.of()));
    }

    private static ErrorCode code(int status) {
        return status >= 500 && status != 501 && status != 505 ? ErrorCode.INTERNAL : ErrorCode.INVALID_ARGUMENT;
    }
}
