package io.millrace.edge.http;

import io.millrace.api.v1.RequestLimits;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.work.JobKind;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads which jobs a list asks for. */
public final class JobFilters {
    private static final Map<String, JobState> STATES =
            Arrays.stream(JobState.values()).collect(Collectors.toMap(JobState::name, Function.identity()));
    private static final Map<String, JobKind> KINDS =
            Arrays.stream(JobKind.values()).collect(Collectors.toMap(JobKind::wireName, Function.identity()));

    private JobFilters() {}

    /**
     * The query of a list.
     *
     * @param channel absent for all channels
     */
    public static JobQuery query(@Nullable ChannelName channel, Query query) {
        List<JobState> states = query.texts("state").stream()
                .map(state -> Query.oneOf("state", state.toUpperCase(Locale.ROOT), STATES))
                .toList();
        String kind = query.text("kind");
        return new JobQuery(
                channel,
                states,
                kind == null ? null : Query.oneOf("kind", kind, KINDS),
                labels(query),
                query.time("since"),
                query.time("until"),
                query.pageSize(),
                query.pageToken());
    }

    /** Keys and values of the labels that are asked for. */
    static Map<String, String> labels(Query query) {
        Map<String, String> labels = new HashMap<>();
        for (String pair : query.all("label")) {
            int colon = pair.indexOf(':');
            if (colon < 1) {
                throw Query.invalid("label", "must be a key and a value with a colon between, for example team:core");
            }
            labels.put(pair.substring(0, colon), pair.substring(colon + 1));
        }
        if (labels.size() > RequestLimits.LABELS_MAX) {
            throw Query.invalid("label", "must be given at most " + RequestLimits.LABELS_MAX + " times");
        }
        return labels;
    }
}
