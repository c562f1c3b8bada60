package io.millrace.edge.management;

import io.millrace.api.v1.IncidentJson;
import io.millrace.api.v1.IncidentRequestReader;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.api.v1.UuidText;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentPriority;
import io.millrace.contracts.incident.IncidentQuery;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.contracts.incident.IncidentView;
import io.millrace.contracts.incident.Incidents;
import io.millrace.edge.http.Bodies;
import io.millrace.edge.http.Query;
import io.millrace.edge.http.Replies;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** The requests about incidents (HTTP contract, section 9). Every node answers them, for the whole cluster. */
final class IncidentRoutes {
    static final Set<String> FILTERS = Set.of("state", "channel", "priority", "pageSize", "pageToken");

    private static final Map<String, IncidentState> STATES =
            Arrays.stream(IncidentState.values()).collect(Collectors.toMap(IncidentState::name, Function.identity()));
    private static final Map<String, IncidentPriority> PRIORITIES = Arrays.stream(IncidentPriority.values())
            .collect(Collectors.toMap(IncidentPriority::name, Function.identity()));

    private final Incidents incidents;

    IncidentRoutes(Incidents incidents) {
        this.incidents = incidents;
    }

    CompletionStage<HttpResponse> list(ManagementCall call) {
        Query query = call.query();
        String state = query.text("state");
        String channel = query.text("channel");
        String priority = query.text("priority");
        return incidents
                .list(new IncidentQuery(
                        state == null ? null : Query.oneOf("state", state.toUpperCase(Locale.ROOT), STATES),
                        channel == null ? null : new ChannelName(channel),
                        priority == null
                                ? null
                                : Query.oneOf("priority", priority.toUpperCase(Locale.ROOT), PRIORITIES),
                        query.pageSize(),
                        query.pageToken()))
                .thenApply(page -> Replies.json(200, ReplyJson.<IncidentView>page(page, IncidentJson::writeListed)));
    }

    CompletionStage<HttpResponse> get(ManagementCall call) {
        UUID id = incident(call);
        return incidents.get(id).thenApply(found -> shown(found.orElseThrow(() -> unknown(id.toString()))));
    }

    CompletionStage<HttpResponse> act(ManagementCall call, IncidentAction action) {
        UUID id = incident(call);
        return body(call)
                .thenApply(IncidentRequestReader::readAction)
                .thenCompose(request -> incidents.act(id, action, request.by(), request.note()))
                .thenApply(IncidentRoutes::shown);
    }

    CompletionStage<HttpResponse> merge(ManagementCall call) {
        UUID id = incident(call);
        return body(call)
                .thenApply(IncidentRequestReader::readMerge)
                .thenCompose(request -> incidents.merge(
                        id,
                        request.into(),
                        request.action().by(),
                        request.action().note()))
                .thenApply(IncidentRoutes::shown);
    }

    CompletionStage<HttpResponse> remove(ManagementCall call) {
        UUID id = incident(call);
        return Bodies.none(call.exchange())
                .thenCompose(_ -> incidents.remove(id))
                .thenApply(wasThere -> Replies.json(json -> IncidentJson.writeRemoved(json, wasThere)));
    }

    private static CompletionStage<byte[]> body(ManagementCall call) {
        return Bodies.json(call.exchange(), RequestLimits.BODY_BYTES_MAX);
    }

    private static UUID incident(ManagementCall call) {
        String text = call.parameters().getFirst();
        UUID id = UuidText.parse(text);
        if (id == null) {
            throw unknown(text);
        }
        return id;
    }

    private static RuntimeException unknown(String id) {
        return Problem.of(
                        ErrorCode.NOT_FOUND,
                        "IncidentManager",
                        "There is no incident '" + id
                                + "', or not any more. GET /management/incidents lists those there " + "are.",
                        Map.of("incident", id))
                .asException();
    }

    private static HttpResponse shown(IncidentView incident) {
        return Replies.json(200, JsonText.bytes(json -> IncidentJson.writeIncident(json, incident)));
    }
}
