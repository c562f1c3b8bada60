package io.millrace.edge.http;

import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** Answers requests. A stage that fails, or a thrown exception, is answered as a problem. */
@FunctionalInterface
public interface RequestHandler {
    CompletionStage<HttpResponse> handle(Exchange exchange);
}
