package io.millrace.storage;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.job.JobSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps values in memory and writes their number, which is all storage needs of a codec; labels are real JSON, because
 * the database looks into them.
 */
public final class TestCodec implements ValueCodec {
    private static final Pattern LABEL = Pattern.compile("\"([^\"]*)\": ?\"([^\"]*)\"");

    private final List<Object> values = new CopyOnWriteArrayList<>();

    private String number(Object value) {
        values.add(value);
        return Integer.toString(values.size() - 1);
    }

    @Override
    public byte[] encodeJobSpec(JobSpec spec) {
        throw new UnsupportedOperationException();
    }

    @Override
    public JobSpec decodeJobSpec(byte[] json) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String encodeCleanupResult(CleanupResult result) {
        return "{\"run\":" + result.run() + "}";
    }

    @Override
    public byte[] encodeCleanupTask(CleanupTask task) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CleanupTask decodeCleanupTask(byte[] json) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String encodeChannelSpec(ChannelSpec spec) {
        return number(spec);
    }

    @Override
    public ChannelSpec decodeChannelSpec(String json) {
        return (ChannelSpec) values.get(Integer.parseInt(json));
    }

    @Override
    public String encodeProblem(Problem problem) {
        return number(problem);
    }

    @Override
    public Problem decodeProblem(String json) {
        return (Problem) values.get(Integer.parseInt(json));
    }

    @Override
    public String encodeValue(@Nullable Object value) {
        Map<?, ?> labels = new TreeMap<>((Map<?, ?>) Objects.requireNonNull(value));
        return labels.entrySet().stream()
                .map(label -> "\"" + label.getKey() + "\":\"" + label.getValue() + "\"")
                .collect(Collectors.joining(",", "{", "}"));
    }

    @Override
    public Object decodeValue(String json) {
        Map<String, String> labels = new HashMap<>();
        Matcher label = LABEL.matcher(json);
        while (label.find()) {
            labels.put(label.group(1), label.group(2));
        }
        return labels;
    }
}
