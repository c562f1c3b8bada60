package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.HttpProblemException;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.http.scaladsl.model.EntityStreamException;
import org.apache.pekko.http.scaladsl.model.IllegalUriException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever went wrong into what the client is told. */
public final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    /**
     * The problem a failure is answered with. A defect is logged, once and with its cause, under a reference that the
     * client is given instead of the cause.
     */
    public static HttpProblem of(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return switch (cause) {
            case HttpProblemException e -> e.problem();
            case MillraceException e -> HttpProblem.of(e.problem());
            case EntityStreamException e ->
                HttpProblem.malformed(
                        "The request body could not be read: " + e.info().summary() + ".");
            case IllegalUriException _ -> HttpProblem.malformed("The request target is not a valid URI.");
            default -> defect(cause);
        };
    }

    private static HttpProblem defect(Throwable cause) {
        String reference =
                HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        LOG.error("A request failed by a defect, reference {}", reference, cause);
        return HttpProblem.of(Problem.of(
                ErrorCode.INTERNAL,
                "HttpApi",
                "The request failed by a defect of the server. The server's log has the cause under the reference "
                        + reference + ".",
                Map.of("reference", reference)));
    }
}
