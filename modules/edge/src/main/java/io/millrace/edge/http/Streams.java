package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.contracts.ErrorCode;
import io.millrace.edge.sse.StreamFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the reading of logs and the reading of events have in common. */
final class Streams {
    private Streams() {}

    /** The format the client prefers among those there are; status 406 if it wants none of them. */
    static StreamFormat format(Call call, List<StreamFormat> offered) {
        StreamFormat format = StreamFormat.preferred(call.exchange().header("Accept"), offered);
        if (format == null) {
            String types = offered.stream().map(StreamFormat::mediaType).collect(Collectors.joining(", "));
            throw HttpProblem.refused(
                            406,
                            ErrorCode.INVALID_ARGUMENT,
                            "The reply has none of the types the request accepts. Accept one of " + types + ".",
                            Map.of("offered", types))
                    .asException();
        }
        return format;
    }

    /**
     * The cursor to continue from, null to begin at the beginning. The header wins: a browser that connects again repeats
     * the address it started with.
     */
    static @Nullable String cursor(Call call) {
        String lastEventId = call.exchange().header("Last-Event-ID");
        if (lastEventId != null && !lastEventId.isEmpty()) {
            return lastEventId;
        }
        String after = call.query().text("after");
        return after != null && !after.isEmpty() ? after : call.query().pageToken();
    }

    /** Items asked for, 0 if the request does not say. */
    static int limit(Query query, int max) {
        return query.number("limit", 1, max, query.number("pageSize", 1, max, 0));
    }
}
