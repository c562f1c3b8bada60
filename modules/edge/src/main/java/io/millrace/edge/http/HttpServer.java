package io.millrace.edge.http;

import io.millrace.contracts.ThreadSafety;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Tcp;

/** A bound HTTP server: takes connections, bounds them, and hands requests to a {@link RequestHandler}. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class HttpServer {
    /** Connections the operating system holds until the server takes them. */
    private static final int BACKLOG = 1_024;

    private final Tcp.ServerBinding binding;
    private final HttpConnections connections;

    private HttpServer(Tcp.ServerBinding binding, HttpConnections connections) {
        this.binding = binding;
        this.connections = connections;
    }

    /**
     * Binds a server.
     *
     * @return the server once it takes connections; fails with an {@link org.apache.pekko.stream.BindFailedException} if
     *     the address cannot be bound
     */
    public static CompletionStage<HttpServer> start(
            ActorSystem<?> system, HttpSettings settings, RequestHandler handler) {
        HttpConnections connections = new HttpConnections(system, settings, handler);
        return Tcp.get(system)
                .bind(settings.host(), settings.port(), BACKLOG, List.of(), false, Optional.empty())
                .to(Sink.foreach(connections::accept))
                .run(system)
                .thenApply(binding -> new HttpServer(binding, connections));
    }

    /** Where it listens; has the real port if a free one was asked for. */
    public InetSocketAddress address() {
        return binding.localAddress();
    }

    /** Open connections. */
    public int connectionCount() {
        return connections.count();
    }

    /**
     * Stops taking connections, lets requests in work end, ends streams, and closes everything.
     *
     * @param grace how long requests in work may take before they are cut off
     */
    public CompletionStage<Done> stop(Duration grace) {
        return binding.unbind().thenCompose(_ -> connections.stop(grace));
    }
}
