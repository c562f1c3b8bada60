package io.millrace.edge.http;

import io.millrace.channel.Channels;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;

/** The server of the HTTP contract. */
public final class ApiServer {
    private ApiServer() {}

    /** Binds the server; see {@link HttpServer#start}. */
    public static CompletionStage<HttpServer> start(
            ActorSystem<?> system, HttpSettings settings, Channels channels, HttpMetrics metrics) {
        return HttpServer.start(system, settings, new ApiHandler(system, settings, channels, metrics));
    }
}
