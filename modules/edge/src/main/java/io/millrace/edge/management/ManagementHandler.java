package io.millrace.edge.management;

import static java.util.concurrent.CompletableFuture.completedFuture;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.channel.Channels;
import io.millrace.channel.Inspection;
import io.millrace.channel.Inspection.ClusterList;
import io.millrace.channel.Instruments;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.Incidents;
import io.millrace.contracts.job.JobView;
import io.millrace.edge.http.Exchange;
import io.millrace.edge.http.HttpMetrics;
import io.millrace.edge.http.JobFilters;
import io.millrace.edge.http.OffsetToken;
import io.millrace.edge.http.Query;
import io.millrace.edge.http.Replies;
import io.millrace.edge.http.RequestHandler;
import io.millrace.edge.http.Router;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.util.ByteString;

/** Answers the requests of the management endpoint (HTTP contract, section 9). */
final class ManagementHandler implements RequestHandler {
    private static final Set<String> PAGING = Set.of("pageSize", "pageToken");
    private static final Set<String> JOB_FILTERS =
            Set.of("state", "kind", "label", "since", "until", "pageSize", "pageToken");
    private static final int UNAVAILABLE = 503;
    private static final List<String> PATHS = List.of(
            "/alive",
            "/ready",
            "/startup",
            "/metrics",
            "/cluster/members",
            "/cluster/shards/Channel",
            "/management/node",
            "/management/config",
            "/management/channels",
            "/management/jobs",
            "/management/threads",
            "/management/locks",
            "/management/resources",
            "/management/processes",
            "/management/cleanups",
            "/management/incidents");

    /** A route: the query parameters it takes and what answers it. */
    private record Route(Set<String> queryParameters, Function<ManagementCall, CompletionStage<HttpResponse>> answer) {}

    private final Router<Route> router = new Router<>();
    private final RequestHandler cluster;
    private final NodeReport node;
    private final Channels channels;
    private final MetricsText metrics;

    /** @param cluster answers everything below {@code /cluster} */
    ManagementHandler(
            RequestHandler cluster,
            NodeReport node,
            Channels channels,
            Inspection inspection,
            Incidents incidents,
            Instruments instruments,
            HttpMetrics http) {
        this.cluster = cluster;
        this.node = node;
        this.channels = channels;
        this.metrics = new MetricsText(node, instruments, http);
        add("/", Set.of(), _ -> completedFuture(index()));
        add("/alive", Set.of(), _ -> completedFuture(probe(true, List.of())));
        add("/ready", Set.of(), _ -> ready());
        add(
                "/startup",
                Set.of(),
                _ -> completedFuture(probe(node.hasStarted(), List.of("the node is still starting"))));
        add("/metrics", Set.of(), _ -> completedFuture(metrics()));
        add("/management/node", Set.of(), _ -> completedFuture(Replies.json(200, NodeJson.node(node, Instant.now()))));
        add(
                "/management/config",
                Set.of(),
                _ -> completedFuture(Replies.json(200, ReplyJson.list(node.settings(), NodeJson::writeSetting))));
        add("/management/channels", PAGING, this::listChannels);
        add("/management/jobs", JOB_FILTERS, this::listJobs);
        add("/management/threads", PAGING, query -> list(inspection.threads(), query, InspectionJson::writeThread));
        add("/management/locks", PAGING, query -> list(inspection.locks(), query, InspectionJson::writeLock));
        add(
                "/management/resources",
                PAGING,
                query -> list(inspection.resources(), query, InspectionJson::writeResource));
        add(
                "/management/processes",
                PAGING,
                query -> list(inspection.processes(), query, InspectionJson::writeProcess));
        add("/management/cleanups", PAGING, query -> list(inspection.cleanups(), query, InspectionJson::writeCleanup));
        addIncidents(new IncidentRoutes(incidents));
    }

    private void addIncidents(IncidentRoutes incidents) {
        String one = "/management/incidents/{incident}";
        router.add("GET", "/management/incidents", new Route(IncidentRoutes.FILTERS, incidents::list));
        router.add("GET", one, new Route(Set.of(), incidents::get));
        router.add("DELETE", one, new Route(Set.of(), incidents::remove));
        for (IncidentAction action : IncidentAction.values()) {
            String verb = action.name().toLowerCase(Locale.ROOT);
            router.add("POST", one + ":" + verb, new Route(Set.of(), call -> incidents.act(call, action)));
        }
        router.add("POST", one + ":merge", new Route(Set.of(), incidents::merge));
    }

    @Override
    public CompletionStage<HttpResponse> handle(Exchange exchange) {
        List<String> segments = exchange.segments();
        if (!segments.isEmpty() && segments.getFirst().equals("cluster")) {
            return cluster.handle(exchange);
        }
        return switch (router.find(exchange.method(), segments)) {
            case Router.Match.Found<Route>(var route, var parameters) ->
                route.answer.apply(new ManagementCall(
                        exchange, parameters, Query.parse(exchange.rawQuery(), route.queryParameters)));
            case Router.Match.WrongMethod<Route>(var allowed) ->
                completedFuture(Replies.wrongMethod(exchange, allowed));
            case Router.Match.Unknown<Route> unknown -> completedFuture(Replies.unknownPath(unknown.suggestion()));
        };
    }

    private void add(String path, Set<String> queryParameters, Function<Query, CompletionStage<HttpResponse>> answer) {
        router.add("GET", path, new Route(queryParameters, call -> answer.apply(call.query())));
    }

    private CompletionStage<HttpResponse> ready() {
        return node.readiness().thenApply(readiness -> probe(readiness.isReady(), readiness.reasons()));
    }

    private HttpResponse probe(boolean isUp, List<String> reasons) {
        return Replies.json(isUp ? 200 : UNAVAILABLE, JsonText.bytes(json -> {
            json.writeStartObject();
            json.writeStringField("status", isUp ? "UP" : "DOWN");
            json.writeStringField("node", node.name());
            json.writeArrayFieldStart("reasons");
            for (String reason : isUp ? List.<String>of() : reasons) {
                json.writeString(reason);
            }
            json.writeEndArray();
            json.writeEndObject();
        }));
    }

    private HttpResponse metrics() {
        return HttpResponse.create()
                .withEntity(HttpEntities.create(
                        ContentTypes.parse(MetricsText.CONTENT_TYPE), ByteString.fromArrayUnsafe(metrics.bytes())));
    }

    private CompletionStage<HttpResponse> listChannels(Query query) {
        return channels.channels(query.pageSize(), query.pageToken())
                .thenApply(page -> Replies.json(200, ReplyJson.page(page, ManagementHandler::writeChannel)));
    }

    private CompletionStage<HttpResponse> listJobs(Query query) {
        return channels.jobs(JobFilters.query(null, query))
                .thenApply(page -> Replies.json(200, ReplyJson.<JobView>page(page, ReplyJson::writeJob)));
    }

    private <T> CompletionStage<HttpResponse> list(
            CompletionStage<ClusterList<T>> items, Query query, ReplyJson.ItemWriter<T> writer) {
        int pageSize = query.pageSize();
        int offset = OffsetToken.parse(query.pageToken());
        return items.thenApply(all -> Replies.json(json -> writeList(json, all, offset, pageSize, writer)));
    }

    private static <T> void writeList(
            JsonGenerator json, ClusterList<T> all, int offset, int pageSize, ReplyJson.ItemWriter<T> writer)
            throws IOException {
        int from = Math.min(offset, all.items().size());
        int to = Math.min(from + pageSize, all.items().size());
        json.writeStartObject();
        ReplyJson.writeItems(json, all.items().subList(from, to), writer);
        ReplyJson.writeText(json, "nextPageToken", to < all.items().size() ? OffsetToken.format(to) : null);
        json.writeArrayFieldStart("silentNodes");
        for (String silent : all.silentNodes()) {
            json.writeString(silent);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** A channel with its node beside its name, as every item of this endpoint has it. */
    private static void writeChannel(JsonGenerator json, ChannelView channel) throws IOException {
        json.writeStartObject();
        ReplyJson.writeText(json, "node", channel.node());
        json.writeFieldName("channel");
        ReplyJson.writeChannel(json, channel);
        json.writeEndObject();
    }

    private static HttpResponse index() {
        return Replies.json(json -> {
            json.writeStartObject();
            json.writeStringField("name", "Millrace management");
            json.writeArrayFieldStart("paths");
            for (String path : PATHS) {
                json.writeString(path);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }
}
