package io.millrace.edge.management;

import io.millrace.api.v1.HttpProblem;
import io.millrace.contracts.ErrorCode;
import io.millrace.edge.http.Exchange;
import io.millrace.edge.http.Replies;
import io.millrace.edge.http.RequestHandler;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.japi.function.Function;
import org.apache.pekko.management.cluster.javadsl.ClusterHttpManagementRoutes;

/** Membership and shards of the cluster, by the read-only routes of Pekko Management; their errors become problems. */
final class ClusterRoutes implements RequestHandler {
    private final Function<HttpRequest, CompletionStage<HttpResponse>> routes;

    ClusterRoutes(ActorSystem<?> system) {
        this.routes = ClusterHttpManagementRoutes.readOnly(Cluster.get(system)).handler(system);
    }

    @Override
    public CompletionStage<HttpResponse> handle(Exchange exchange) {
        try {
            return routes.apply(exchange.request()).thenApply(ClusterRoutes::withProblem);
        } catch (Exception e) {
            throw new IllegalStateException("the routes of Pekko Management failed", e);
        }
    }

    private static HttpResponse withProblem(HttpResponse reply) {
        int status = reply.status().intValue();
        if (status < 400) {
            return reply;
        }
        ErrorCode code = switch (status) {
            case 404 -> ErrorCode.NOT_FOUND;
            case 405 -> ErrorCode.INVALID_ARGUMENT;
            default -> status < 500 ? ErrorCode.INVALID_ARGUMENT : ErrorCode.UNAVAILABLE;
        };
        String detail = switch (status) {
            case 404 ->
                "The cluster has no such member, or this node no such shard region. GET /cluster/members"
                        + " lists the members.";
            case 405 -> "The cluster can only be read here. Use GET.";
            default -> "The cluster could not be asked. Try again.";
        };
        return Replies.problem(HttpProblem.refused(status, code, detail, Map.of()));
    }
}
