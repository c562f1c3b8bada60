package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.MediaTypeNames;
import io.millrace.api.v1.RequestLimits;
import io.millrace.contracts.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.MediaType;

/**
 * Takes request bodies. A body must say that it is JSON, or say nothing: what a form of a foreign page can send without the
 * browser asking first is refused. Only the content of a buffer may be of any type.
 */
public final class Bodies {
    private Bodies() {}

    /** A JSON body. */
    public static CompletionStage<byte[]> json(Exchange exchange, long bytesMax) {
        MediaType type = exchange.request().entity().getContentType().mediaType();
        if (!isJson(type) && !isUnnamed(type)) {
            return refused(type, "Send " + MediaTypeNames.JSON + ".");
        }
        return plain(exchange, bytesMax);
    }

    /** A body of one JSON value, or of one per line. */
    static CompletionStage<byte[]> jsonOrLines(Exchange exchange, long bytesMax) {
        return isLines(exchange) ? plain(exchange, bytesMax) : json(exchange, bytesMax);
    }

    /** True if the body has one JSON value per line. */
    static boolean isLines(Exchange exchange) {
        String subtype =
                exchange.request().entity().getContentType().mediaType().subType();
        return subtype.equalsIgnoreCase("x-ndjson") || subtype.equalsIgnoreCase("ndjson");
    }

    /** The content of a buffer: bytes of any type. No form can send it, because no form can send a PUT. */
    static CompletionStage<byte[]> content(Exchange exchange) {
        return uncompressed(
                exchange,
                RequestLimits.BUFFER_BYTES_MAX,
                "No buffer has more: divide the content between several buffers.");
    }

    /** No body, or an empty object: for operations that take no input. */
    public static CompletionStage<byte[]> none(Exchange exchange) {
        if (exchange.request().entity().isKnownEmpty()) {
            return CompletableFuture.completedFuture(new byte[0]);
        }
        return json(exchange, RequestLimits.BODY_BYTES_MAX).thenApply(Bodies::requireEmpty);
    }

    private static byte[] requireEmpty(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8).replaceAll("\\s", "");
        if (!text.isEmpty() && !text.equals("{}")) {
            throw HttpProblem.malformed("This operation takes no request body. Send none.")
                    .asException();
        }
        return body;
    }

    private static CompletionStage<byte[]> plain(Exchange exchange, long bytesMax) {
        return uncompressed(exchange, bytesMax, "Send less, or several requests.");
    }

    private static CompletionStage<byte[]> uncompressed(Exchange exchange, long bytesMax, String remedy) {
        String encoding = exchange.header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            return CompletableFuture.failedFuture(HttpProblem.refused(
                            415,
                            ErrorCode.INVALID_ARGUMENT,
                            "Compressed request bodies are not accepted. Send the body without Content-Encoding.",
                            Map.of())
                    .asException());
        }
        return exchange.body(bytesMax, remedy);
    }

    private static boolean isJson(MediaType type) {
        return type.mainType().equalsIgnoreCase("application")
                && (type.subType().equalsIgnoreCase("json") || type.subType().endsWith("+json"));
    }

    /** Pekko's name for a request without the header. */
    private static boolean isUnnamed(MediaType type) {
        return type.mainType().equalsIgnoreCase("none");
    }

    private static CompletionStage<byte[]> refused(MediaType type, String remedy) {
        return CompletableFuture.failedFuture(HttpProblem.refused(
                        415,
                        ErrorCode.INVALID_ARGUMENT,
                        "The request body is of type " + type + ", which this operation does not take. " + remedy,
                        Map.of())
                .asException());
    }
}
