package io.millrace.edge.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.MediaTypeNames;
import io.millrace.api.v1.ProblemJson;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpEntity;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.japi.function.Function;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.SharedKillSwitch;
import org.apache.pekko.stream.TLSProtocol.SslTlsInbound;
import org.apache.pekko.stream.TLSProtocol.SslTlsOutbound;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.TLSPlacebo;
import org.apache.pekko.stream.javadsl.Tcp;
import org.apache.pekko.util.ByteString;

/**
 * The open connections of a server.
 *
 * <p>A connection is put together here rather than by Pekko's own binding, because the time from the first byte of a
 * request to its last can only be counted below the HTTP layer (see {@link ConnectionGuard}), and because a connection
 * over the limit is answered instead of left waiting.
 */
final class HttpConnections {
    /** Connections over the limit that are being told so; further ones are closed without a word. */
    private static final int REFUSALS_MAX = 256;

    private static final HttpProblem TOO_MANY = HttpProblem.of(
            Problem.of(
                    ErrorCode.UNAVAILABLE,
                    "HttpApi",
                    "The server has as many connections as it may. Use fewer connections, or try again when others have closed."));

    private static final HttpProblem STOPPING = HttpProblem.of(
            Problem.of(ErrorCode.UNAVAILABLE, "HttpApi", "The node is stopping. Send the request to another node."));

    private static final HttpHeader CLOSE = org.apache.pekko.http.javadsl.model.headers.Connection.create("close");

    private final ActorSystem<?> system;
    private final HttpSettings settings;
    private final RequestHandler handler;
    private final SiteCheck siteCheck;
    private final BidiFlow<HttpResponse, SslTlsOutbound, SslTlsInbound, HttpRequest, NotUsed> httpLayer;
    private final ByteString timeoutReply;
    private final BodyBudget budget;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final SharedKillSwitch streams = KillSwitches.shared("streams");
    private final SharedKillSwitch everything = KillSwitches.shared("connections");
    private final CompletableFuture<Done> drained = new CompletableFuture<>();
    private volatile boolean isStopping;

    HttpConnections(ActorSystem<?> system, HttpSettings settings, RequestHandler handler) {
        Config config = ConfigFactory.parseResources(HttpConnections.class.getClassLoader(), "millrace-http.conf")
                .withFallback(system.settings().config());
        this.system = system;
        this.settings = settings;
        this.handler = handler;
        this.siteCheck = new SiteCheck(settings);
        this.httpLayer = Http.get(system).serverLayer(ServerSettings.create(config));
        this.timeoutReply = timeoutReply(settings.times().receive());
        this.budget = new BodyBudget(settings.bodyBytesHeldMax());
    }

    int count() {
        return open.size();
    }

    /** Serves a new connection. */
    void accept(Tcp.IncomingConnection incoming) {
        int before = open.size();
        if (before >= settings.connectionsMax() + REFUSALS_MAX) {
            incoming.handleWith(Flow.fromSinkAndSource(Sink.cancelled(), Source.empty()), system);
            return;
        }
        Connection connection = new Connection();
        open.add(connection);
        Function<HttpRequest, CompletionStage<HttpResponse>> answer = before >= settings.connectionsMax()
                ? request -> refuse(request, connection)
                : request -> answer(request, connection);
        incoming.flow()
                .via(everything.flow())
                .watchTermination((_, done) -> done.whenComplete((_, _) -> closed(connection)))
                .joinMat(serve(connection, answer), Keep.left())
                .run(system);
    }

    /** Ends streams and idle connections, lets requests in work end, and cuts off what is left after the grace. */
    CompletionStage<Done> stop(Duration grace) {
        isStopping = true;
        streams.shutdown();
        open.forEach(Connection::stop);
        completeIfDrained();
        return drained.copy().orTimeout(grace.toMillis(), TimeUnit.MILLISECONDS).exceptionally(_ -> {
            everything.shutdown();
            return Done.getInstance();
        });
    }

    /** Everything between the bytes of a connection and the handler of its requests. */
    private Flow<ByteString, ByteString, NotUsed> serve(
            Connection connection, Function<HttpRequest, CompletionStage<HttpResponse>> answer) {
        return Flow.of(HttpRequest.class)
                .mapAsync(1, answer)
                .join(httpLayer)
                .join(plainText())
                .join(BidiFlow.fromGraph(new ConnectionGuard(connection, settings.times(), timeoutReply)));
    }

    @SuppressWarnings("unchecked") // every session-bytes element is an inbound element
    private static BidiFlow<SslTlsOutbound, ByteString, ByteString, SslTlsInbound, NotUsed> plainText() {
        return (BidiFlow<SslTlsOutbound, ByteString, ByteString, SslTlsInbound, NotUsed>)
                (BidiFlow<?, ?, ?, ?, ?>) TLSPlacebo.getInstance();
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request, Connection connection) {
        Exchange exchange = new Exchange(request, connection, system, budget);
        return checked(exchange)
                .exceptionally(failure -> Replies.problem(Problems.of(failure)))
                .thenCompose(response -> finish(exchange, connection, response));
    }

    private CompletionStage<HttpResponse> checked(Exchange exchange) {
        if (isStopping) {
            return CompletableFuture.completedFuture(Replies.problem(STOPPING));
        }
        HttpProblem refusal = siteCheck.check(exchange);
        if (refusal != null) {
            return CompletableFuture.completedFuture(Replies.problem(refusal));
        }
        try {
            return handler.handle(exchange);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletionStage<HttpResponse> refuse(HttpRequest request, Connection connection) {
        return finish(
                new Exchange(request, connection, system, budget),
                connection,
                Replies.problem(TOO_MANY).addHeader(CLOSE));
    }

    private CompletionStage<HttpResponse> finish(Exchange exchange, Connection connection, HttpResponse response) {
        exchange.close();
        return exchange.discardRest().thenApply(_ -> {
            HttpResponse last = isStopping ? response.addHeader(CLOSE) : response;
            if (response.entity() instanceof HttpEntity.Chunked stream) {
                connection.streaming();
                return last.withEntity(bounded(stream, connection));
            }
            connection.answered();
            return last;
        });
    }

    /**
     * The same stream, ended when the server stops. It is put together anew: a transformed entity would wait for its own
     * last chunk and never end.
     */
    private HttpEntity.Chunked bounded(HttpEntity.Chunked stream, Connection connection) {
        return HttpEntities.createChunked(
                stream.getContentType(),
                stream.getDataBytes()
                        .via(streams.flow())
                        .watchTermination((_, done) -> done.whenComplete((_, _) -> connection.answered())));
    }

    private void closed(Connection connection) {
        connection.clientGone();
        open.remove(connection);
        completeIfDrained();
    }

    private void completeIfDrained() {
        if (isStopping && open.isEmpty()) {
            drained.complete(Done.getInstance());
        }
    }

    private static ByteString timeoutReply(Duration limit) {
        byte[] body = ProblemJson.bytes(HttpProblem.refused(
                408,
                ErrorCode.TIMEOUT,
                "The request did not arrive within " + limit.toMillis() + " ms of its first byte. Send it faster, or in"
                        + " smaller parts.",
                Map.of("limitMillis", limit.toMillis())));
        String head = "HTTP/1.1 408 Request Timeout\r\nContent-Type: " + MediaTypeNames.PROBLEM
                + "\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n\r\n";
        return ByteString.fromArrayUnsafe(head.getBytes(StandardCharsets.US_ASCII))
                .concat(ByteString.fromArrayUnsafe(body));
    }
}
