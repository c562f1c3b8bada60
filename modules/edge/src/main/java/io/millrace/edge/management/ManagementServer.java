package io.millrace.edge.management;

import io.millrace.channel.Channels;
import io.millrace.channel.Inspection;
import io.millrace.channel.Instruments;
import io.millrace.contracts.incident.Incidents;
import io.millrace.edge.http.HttpMetrics;
import io.millrace.edge.http.HttpServer;
import io.millrace.edge.http.HttpSettings;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;

/** The server of the management endpoint. */
public final class ManagementServer {
    private ManagementServer() {}

    /** Binds the server on a node of a cluster; see {@link HttpServer#start}. */
    public static CompletionStage<HttpServer> start(
            ActorSystem<?> system,
            HttpSettings settings,
            NodeReport node,
            Channels channels,
            Inspection inspection,
            Incidents incidents,
            Instruments instruments,
            HttpMetrics http) {
        ManagementHandler handler = new ManagementHandler(
                new ClusterRoutes(system), node, channels, inspection, incidents, instruments, http);
        return HttpServer.start(system, settings, handler);
    }
}
