package io.millrace.api.v1;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.job.JobSpec;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of values: the JSON of the HTTP contract, written compactly.
 *
 * <p>A job's specification and a cleanup task leave out what has its default. A later version may therefore change no
 * default; it adds a field instead. A job's specification has one field no user writes, {@code traceparent}, which a
 * request carries as a header. Whole numbers come back as {@code Long} or {@code BigInteger}, other numbers as {@code
 * Double}.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class JsonValueCodec implements ValueCodec {

    @Override
    public byte[] encodeJobSpec(JobSpec spec) {
        return JsonText.bytes(json -> JobSpecJson.write(json, spec, JobSpecJson.Form.STORED));
    }

    @Override
    public JobSpec decodeJobSpec(byte[] json) {
        return JobSpecReader.readStored(json);
    }

    @Override
    public byte[] encodeCleanupTask(CleanupTask task) {
        return CleanupTaskJson.stored(task);
    }

    @Override
    public CleanupTask decodeCleanupTask(byte[] json) {
        return CleanupTaskReader.readStored(json);
    }

    @Override
    public String encodeCleanupResult(CleanupResult result) {
        return JsonText.string(json -> CleanupJson.writeResult(json, result));
    }

    @Override
    public String encodeChannelSpec(ChannelSpec spec) {
        return JsonText.string(json -> ChannelSpecJson.write(json, spec));
    }

    @Override
    public ChannelSpec decodeChannelSpec(String json) {
        return ChannelSpecReader.readStored(utf8(json));
    }

    @Override
    public String encodeProblem(Problem problem) {
        return JsonText.string(json -> ProblemJson.writeStored(json, problem));
    }

    @Override
    public Problem decodeProblem(String json) {
        return ProblemJson.readStored(utf8(json));
    }

    @Override
    public String encodeValue(@Nullable Object value) {
        return JsonText.plain(value);
    }

    @Override
    public @Nullable Object decodeValue(String json) {
        try (JsonInput in = JsonInput.stored(utf8(json))) {
            in.nextRootValue();
            return in.plainValue("value");
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
