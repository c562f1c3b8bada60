package io.millrace.storage.readmodel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.job.AttemptView;
import io.millrace.contracts.job.JobView;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads rows of jobs and attempts. */
final class JobRows {
    /** Columns of a view; jobs are {@code j}, their channels {@code c}. */
    static final String VIEW_COLUMNS = "j.id, c.name AS channel, j.name, j.kind, j.state, j.priority, j.spec, "
            + "j.created_at, j.started_at, j.ended_at, j.attempt, j.epoch, j.node, j.exit_code, j.signal, j.result, "
            + "j.error, j.labels::text AS labels";

    private JobRows() {}

    static JobView view(ResultSet row, ValueCodec codec) throws SQLException {
        return new JobView(
                JobIds.fromUuid(row.getObject("id", UUID.class)),
                new ChannelName(row.getString("channel")),
                row.getString("name"),
                StoredCodes.jobKind(row.getInt("kind")),
                StoredCodes.jobState(row.getInt("state")),
                StoredCodes.priority(row.getInt("priority")),
                new String(row.getBytes("spec"), StandardCharsets.UTF_8),
                Instant.ofEpochMilli(row.getLong("created_at")),
                instant(row, "started_at"),
                instant(row, "ended_at"),
                row.getInt("attempt"),
                row.getLong("epoch"),
                row.getString("node"),
                row.getObject("exit_code", Integer.class),
                row.getString("signal"),
                row.getString("result"),
                problem(row, codec),
                null,
                List.of(),
                labels(row.getString("labels"), codec));
    }

    static AttemptView attempt(ResultSet row, ValueCodec codec) throws SQLException {
        return new AttemptView(
                row.getInt("number"),
                row.getLong("epoch"),
                StoredCodes.attemptState(row.getInt("state")),
                Instant.ofEpochMilli(row.getLong("started_at")),
                instant(row, "ended_at"),
                row.getString("node"),
                row.getObject("exit_code", Integer.class),
                row.getString("signal"),
                problem(row, codec));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        Long millis = row.getObject(column, Long.class);
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    private static @Nullable Problem problem(ResultSet row, ValueCodec codec) throws SQLException {
        String json = row.getString("error");
        return json == null ? null : codec.decodeProblem(json);
    }

    private static Map<String, String> labels(@Nullable String json, ValueCodec codec) {
        Map<String, String> labels = new HashMap<>();
        if (json != null && codec.decodeValue(json) instanceof Map<?, ?> values) {
            values.forEach((key, value) -> labels.put(String.valueOf(key), String.valueOf(value)));
        }
        return labels;
    }
}
