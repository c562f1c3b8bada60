package io.millrace.edge.http;

import io.millrace.api.v1.Operation;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/** The page at {@code /}: points a newcomer to what there is, as HTML for browsers and as JSON for everyone else. */
final class Index {
    private static final HttpResponse HTML = HttpResponse.create()
            .addHeader(Replies.NO_SNIFFING)
            .addHeader(RawHeader.create("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"))
            .withEntity(HttpEntities.create(ContentTypes.TEXT_HTML_UTF8, html()));

    private Index() {}

    static HttpResponse reply(Call call) {
        String accept = call.exchange().header("Accept");
        return accept != null && accept.contains("text/html")
                ? HTML
                : Replies.json(json -> {
                    json.writeStartObject();
                    json.writeStringField("name", "Millrace");
                    json.writeStringField("channels", "/v1/channels");
                    json.writeStringField("jobs", "/v1/jobs");
                    json.writeStringField("openapi", "/openapi.json");
                    json.writeObjectFieldStart("operations");
                    for (Operation operation : Operation.values()) {
                        json.writeStringField(operation.id(), operation.method() + " " + operation.path());
                    }
                    json.writeEndObject();
                    json.writeEndObject();
                });
    }

    private static String html() {
        StringBuilder rows = new StringBuilder();
        for (Operation operation : Operation.values()) {
            rows.append("<tr><td><code>")
                    .append(operation.method())
                    .append("</code></td><td><code>")
                    .append(operation.path())
                    .append("</code></td><td>")
                    .append(operation.summary())
                    .append("</td></tr>\n");
        }
        return """
                <!doctype html>
                <html lang="en"><head><meta charset="utf-8"><title>Millrace</title>
                <style>body{font-family:sans-serif;margin:2rem;color-scheme:light dark}td{padding:.2rem .8rem}</style>
                </head><body>
                <h1>Millrace</h1>
                <p><a href="/v1/channels">Channels</a> &middot; <a href="/v1/jobs">Jobs</a> &middot;
                <a href="/openapi.json">OpenAPI document</a></p>
                <table>
                """ + rows + "</table>\n</body></html>\n";
    }
}
