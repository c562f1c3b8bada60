package io.millrace.storage.readmodel;

import io.millrace.contracts.Problem;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.job.AttemptState;
import io.millrace.contracts.job.JobState;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.storage.database.StorableText;
import io.millrace.storage.database.StoredRows;
import io.millrace.storage.database.StoredRows.Column;
import io.millrace.storage.database.StoredRows.SqlType;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes what a batch folded to, with a few statements whatever its size. */
final class RowWriter {
    /** Ids are unique across the cluster, so a conflict means that retention had not removed a retried job after all. */
    private static final String INSERT_JOBS = """
            INSERT INTO jobs (id, channel_key, created_at, started_at, attempt_ended_at, ended_at, epoch, attempt,
                exit_code, kind, priority, state, notable, attempt_state, name, node, signal, spec, labels, result,
                error)
            SELECT id, channel_key, created_at, started_at, attempt_ended_at, ended_at, epoch, attempt, exit_code, kind,
                priority, state, notable, attempt_state, name, node, signal, spec, labels::jsonb, result, error
            FROM unnest(?::uuid[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int4[],
                ?::int4[], ?::int2[], ?::int2[], ?::int2[], ?::int2[], ?::int2[], ?::text[], ?::text[], ?::text[],
                ?::bytea[], ?::text[], ?::text[], ?::text[])
                AS u (id, channel_key, created_at, started_at, attempt_ended_at, ended_at, epoch, attempt, exit_code,
                    kind, priority, state, notable, attempt_state, name, node, signal, spec, labels, result, error)
            ON CONFLICT (id) DO NOTHING
            """;

    /** What the batch does not say about the latest attempt stays as it is. */
    private static final String UPDATE_JOBS = """
            UPDATE jobs j
            SET state = u.state, notable = u.notable, ended_at = u.ended_at,
                attempt = coalesce(u.attempt, j.attempt), epoch = coalesce(u.epoch, j.epoch),
                node = coalesce(u.node, j.node), started_at = coalesce(u.started_at, j.started_at),
                attempt_state = CASE WHEN u.attempted THEN u.attempt_state ELSE j.attempt_state END,
                attempt_ended_at = CASE WHEN u.attempted THEN u.attempt_ended_at ELSE j.attempt_ended_at END,
                exit_code = CASE WHEN u.attempted THEN u.exit_code ELSE j.exit_code END,
                signal = CASE WHEN u.attempted THEN u.signal ELSE j.signal END,
                result = CASE WHEN u.attempted THEN u.result ELSE j.result END,
                error = CASE WHEN u.attempted THEN u.error ELSE coalesce(u.error, j.error) END
            FROM unnest(?::uuid[], ?::int2[], ?::int2[], ?::int8[], ?::bool[], ?::int4[], ?::int8[], ?::text[],
                ?::int8[], ?::int2[], ?::int8[], ?::int4[], ?::text[], ?::text[], ?::text[])
                AS u (id, state, notable, ended_at, attempted, attempt, epoch, node, started_at, attempt_state,
                    attempt_ended_at, exit_code, signal, result, error)
            WHERE j.id = u.id
            """;

    /** What the batch does not say about a former attempt is still in the row of its job: this runs before its update. */
    private static final String INSERT_ATTEMPTS = """
            INSERT INTO attempts (job, number, epoch, state, started_at, ended_at, node, exit_code, signal, error)
            SELECT u.job, u.number, coalesce(u.epoch, j.epoch), coalesce(u.state, j.attempt_state, u.unknown_state),
                coalesce(u.started_at, j.started_at),
                CASE WHEN u.state IS NULL THEN j.attempt_ended_at ELSE u.ended_at END,
                coalesce(u.node, j.node),
                CASE WHEN u.state IS NULL THEN j.exit_code ELSE u.exit_code END,
                CASE WHEN u.state IS NULL THEN j.signal ELSE u.signal END,
                CASE WHEN u.state IS NULL THEN j.error ELSE u.error END
            FROM unnest(?::uuid[], ?::int4[], ?::int8[], ?::text[], ?::int8[], ?::int2[], ?::int8[], ?::int4[],
                ?::text[], ?::text[], ?::int2[])
                AS u (job, number, epoch, node, started_at, state, ended_at, exit_code, signal, error, unknown_state)
            LEFT JOIN jobs j ON j.id = u.job AND j.attempt = u.number
            WHERE coalesce(u.started_at, j.started_at) IS NOT NULL
            ON CONFLICT (job, number) DO NOTHING
            """;

    private static final String UPSERT_IDEMPOTENCY = """
            INSERT INTO idempotency (channel_key, key, created_at, body_hash, jobs)
            SELECT * FROM unnest(?::int8[], ?::text[], ?::int8[], ?::text[], ?::bytea[])
            ON CONFLICT (channel_key, key) DO UPDATE
            SET created_at = excluded.created_at, body_hash = excluded.body_hash, jobs = excluded.jobs
            """;

    private static final String INSERT_DELETED_CHANNELS = """
            INSERT INTO deleted_channels (channel_key, name, last_log_cursor)
            SELECT u.channel_key, u.name,
                coalesce((SELECT max(first_cursor) FROM log_blocks b WHERE b.channel = u.name), 0)
            FROM unnest(?::int8[], ?::text[]) AS u (channel_key, name)
            """;

    /** Seen again only if a journal is replayed into a read model that was emptied. */
    private static final String INSERT_DELETIONS = """
            INSERT INTO deletions (channel, began_at, ended_at, result)
            SELECT * FROM unnest(?::text[], ?::int8[], ?::int8[], ?::text[])
            ON CONFLICT (channel, began_at) DO NOTHING
            """;

    private static final String UPDATE_CHANNELS = """
            UPDATE channels c
            SET position = u.position, channel_key = u.channel_key, state = u.state, node = u.node,
                incarnation = u.incarnation, spec = coalesce(u.spec, c.spec),
                retention_millis = coalesce(u.retention_millis, c.retention_millis), queued = u.queued,
                running = u.running, scheduled = u.scheduled, blocked = u.blocked, succeeded = u.succeeded,
                failed = u.failed, cancelled = u.cancelled, lost = u.lost, cleanups = u.cleanups,
                processes = u.processes
            FROM unnest(?::text[], ?::int8[], ?::int8[], ?::int2[], ?::text[], ?::int8[], ?::text[], ?::int8[],
                ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[], ?::int8[],
                ?::int8[])
                AS u (name, position, channel_key, state, node, incarnation, spec, retention_millis, queued, running,
                    scheduled, blocked, succeeded, failed, cancelled, lost, cleanups, processes)
            WHERE c.name = u.name
            """;

    private static final short NO_STATE = 0;
    private static final short UNKNOWN_ATTEMPT_STATE = StoredCodes.of(AttemptState.LOST);

    private final ValueCodec codec;
    private final List<Column<JobChange>> insertedJob;
    private final List<Column<JobChange>> updatedJob;
    private final List<Column<BatchFold.FormerAttempt>> formerAttempt;
    private final List<Column<BatchFold.DeletedChannel>> deletion;
    private final List<Column<ChannelChange>> channelRow;

    RowWriter(ValueCodec codec) {
        this.codec = codec;
        insertedJob = insertedJobColumns();
        updatedJob = updatedJobColumns();
        formerAttempt = formerAttemptColumns();
        deletion = deletionColumns();
        channelRow = channelColumns();
    }

    void write(Connection connection, BatchFold fold, Collection<ChannelChange> channels) throws SQLException {
        List<JobChange> inserts = new ArrayList<>();
        List<JobChange> updates = new ArrayList<>();
        fold.jobs().forEach(job -> (job.submitted() == null ? updates : inserts).add(job));
        fold.retried().forEach(job -> inserts.add(JobChange.ofRemoved(job)));
        StoredRows.write(connection, INSERT_JOBS, insertedJob, inserts);
        StoredRows.write(connection, INSERT_ATTEMPTS, formerAttempt, fold.formerAttempts());
        StoredRows.write(connection, UPDATE_JOBS, updatedJob, updates);
        StoredRows.write(connection, UPSERT_IDEMPOTENCY, KEYED_JOBS, fold.keyed());
        StoredRows.write(connection, INSERT_DELETED_CHANNELS, DELETED_CHANNEL, fold.deleted());
        StoredRows.write(connection, INSERT_DELETIONS, deletion, fold.deleted());
        StoredRows.write(connection, UPDATE_CHANNELS, channelRow, List.copyOf(channels));
    }

    private List<Column<JobChange>> insertedJobColumns() {
        return List.of(
                Column.of(SqlType.UUID, job -> JobIds.toUuid(job.id())),
                Column.of(SqlType.BIGINT, JobChange::channelKey),
                Column.of(SqlType.BIGINT, JobChange::createdAtMillis),
                Column.of(SqlType.BIGINT, RowWriter::startedAt),
                Column.of(SqlType.BIGINT, RowWriter::attemptEndedAt),
                Column.of(SqlType.BIGINT, JobChange::endedAtMillis),
                Column.of(SqlType.BIGINT, JobChange::epoch),
                Column.of(SqlType.INTEGER, JobChange::attempts),
                Column.of(SqlType.INTEGER, RowWriter::exitCode),
                Column.of(SqlType.SMALLINT, job -> StoredCodes.of(submitted(job).kind())),
                Column.of(SqlType.SMALLINT, job -> StoredCodes.of(submitted(job).priority())),
                Column.of(SqlType.SMALLINT, job -> StoredCodes.of(job.state())),
                Column.of(SqlType.SMALLINT, job -> StoredCodes.notable(job.state())),
                Column.of(SqlType.SMALLINT, RowWriter::attemptState),
                Column.of(SqlType.TEXT, job -> submitted(job).name()),
                Column.of(SqlType.TEXT, RowWriter::node),
                Column.of(SqlType.TEXT, RowWriter::signal),
                Column.of(SqlType.BYTES, job -> submitted(job).spec()),
                Column.of(SqlType.TEXT, job -> labels(submitted(job).labels())),
                Column.of(SqlType.TEXT, RowWriter::result),
                Column.of(SqlType.TEXT, job -> problem(job.error())));
    }

    private List<Column<JobChange>> updatedJobColumns() {
        return List.of(
                Column.of(SqlType.UUID, job -> JobIds.toUuid(job.id())),
                Column.of(SqlType.SMALLINT, job -> StoredCodes.of(job.state())),
                Column.of(SqlType.SMALLINT, job -> StoredCodes.notable(job.state())),
                Column.of(SqlType.BIGINT, JobChange::endedAtMillis),
                Column.of(SqlType.BOOLEAN, job -> job.attempt() != null),
                Column.of(
                        SqlType.INTEGER,
                        job -> job.attempt() == null ? null : job.attempt().number()),
                Column.of(
                        SqlType.BIGINT,
                        job -> job.start() == null ? null : job.start().epoch()),
                Column.of(SqlType.TEXT, RowWriter::node),
                Column.of(SqlType.BIGINT, RowWriter::startedAt),
                Column.of(SqlType.SMALLINT, RowWriter::attemptState),
                Column.of(SqlType.BIGINT, RowWriter::attemptEndedAt),
                Column.of(SqlType.INTEGER, RowWriter::exitCode),
                Column.of(SqlType.TEXT, RowWriter::signal),
                Column.of(SqlType.TEXT, RowWriter::result),
                Column.of(SqlType.TEXT, job -> problem(job.error())));
    }

    private List<Column<BatchFold.FormerAttempt>> formerAttemptColumns() {
        return List.of(
                Column.of(SqlType.UUID, former -> JobIds.toUuid(former.job())),
                Column.of(SqlType.INTEGER, former -> former.attempt().number()),
                Column.of(
                        SqlType.BIGINT,
                        former -> former.start() == null ? null : former.start().epoch()),
                Column.of(
                        SqlType.TEXT,
                        former -> former.start() == null ? null : former.start().node()),
                Column.of(
                        SqlType.BIGINT,
                        former -> former.start() == null ? null : former.start().atMillis()),
                Column.of(
                        SqlType.SMALLINT,
                        former -> former.end() == null
                                ? null
                                : StoredCodes.of(former.end().state())),
                Column.of(
                        SqlType.BIGINT,
                        former -> former.end() == null ? null : former.end().atMillis()),
                Column.of(
                        SqlType.INTEGER,
                        former -> former.end() == null ? null : former.end().exitCode()),
                Column.of(
                        SqlType.TEXT,
                        former -> former.end() == null ? null : former.end().signal()),
                Column.of(
                        SqlType.TEXT,
                        former -> former.end() == null
                                ? null
                                : problem(former.end().error())),
                Column.of(SqlType.SMALLINT, _ -> UNKNOWN_ATTEMPT_STATE));
    }

    private static final List<Column<BatchFold.KeyedJobs>> KEYED_JOBS = List.of(
            Column.of(SqlType.BIGINT, submission -> submission.key().channelKey()),
            Column.of(SqlType.TEXT, submission -> submission.key().key()),
            Column.of(SqlType.BIGINT, BatchFold.KeyedJobs::atMillis),
            Column.of(SqlType.TEXT, BatchFold.KeyedJobs::bodyHash),
            Column.of(SqlType.BYTES, submission -> JobIds.toBytes(submission.jobs())));

    private static final List<Column<BatchFold.DeletedChannel>> DELETED_CHANNEL = List.of(
            Column.of(SqlType.BIGINT, BatchFold.DeletedChannel::channelKey),
            Column.of(SqlType.TEXT, BatchFold.DeletedChannel::name));

    private List<Column<BatchFold.DeletedChannel>> deletionColumns() {
        return List.of(
                Column.of(SqlType.TEXT, BatchFold.DeletedChannel::name),
                Column.of(SqlType.BIGINT, channel -> channel.event().beganAt()),
                Column.of(SqlType.BIGINT, channel -> channel.event().at()),
                Column.of(SqlType.TEXT, this::deletionResult));
    }

    private @Nullable String deletionResult(BatchFold.DeletedChannel channel) {
        CleanupResult result = channel.event().cleanup();
        return result == null ? null : codec.encodeCleanupResult(result);
    }

    private List<Column<ChannelChange>> channelColumns() {
        List<Column<ChannelChange>> columns = new ArrayList<>(List.of(
                Column.of(SqlType.TEXT, channel -> channel.name().value()),
                Column.of(SqlType.BIGINT, ChannelChange::position),
                Column.of(SqlType.BIGINT, ChannelChange::key),
                Column.of(SqlType.SMALLINT, channel -> stateCode(channel.state())),
                Column.of(SqlType.TEXT, ChannelChange::node),
                Column.of(SqlType.BIGINT, ChannelChange::incarnation),
                Column.of(SqlType.TEXT, this::newSpec),
                Column.of(SqlType.BIGINT, RowWriter::newRetentionMillis)));
        for (JobState state : ChannelRows.COUNTED_STATES) {
            columns.add(Column.of(SqlType.BIGINT, channel -> channel.count(state)));
        }
        columns.add(Column.of(SqlType.BIGINT, ChannelChange::cleanups));
        columns.add(Column.of(SqlType.BIGINT, ChannelChange::processes));
        return List.copyOf(columns);
    }

    private static short stateCode(@Nullable ChannelState state) {
        return state == null ? NO_STATE : StoredCodes.of(state);
    }

    private @Nullable String newSpec(ChannelChange channel) {
        return channel.newSpec() == null ? null : codec.encodeChannelSpec(channel.newSpec());
    }

    private static @Nullable Long newRetentionMillis(ChannelChange channel) {
        return channel.newSpec() == null
                ? null
                : channel.newSpec().retention().jobs().toMillis();
    }

    private static SubmittedJob submitted(JobChange job) {
        return Objects.requireNonNull(job.submitted(), "only submitted jobs are inserted");
    }

    private static @Nullable Long startedAt(JobChange job) {
        return job.start() == null ? null : job.start().atMillis();
    }

    private static @Nullable String node(JobChange job) {
        return job.start() == null ? null : job.start().node();
    }

    private static @Nullable Short attemptState(JobChange job) {
        if (job.end() != null) {
            return StoredCodes.of(job.end().state());
        }
        return job.start() == null ? null : StoredCodes.of(AttemptState.RUNNING);
    }

    private static @Nullable Long attemptEndedAt(JobChange job) {
        return job.end() == null ? null : job.end().atMillis();
    }

    private static @Nullable Integer exitCode(JobChange job) {
        return job.end() == null ? null : job.end().exitCode();
    }

    private static @Nullable String signal(JobChange job) {
        return job.end() == null ? null : job.end().signal();
    }

    private static @Nullable String result(JobChange job) {
        return job.end() == null ? null : job.end().resultJson();
    }

    private @Nullable String problem(@Nullable Problem problem) {
        return problem == null ? null : codec.encodeProblem(problem);
    }

    private @Nullable String labels(Map<String, String> labels) {
        return labels.isEmpty() ? null : codec.encodeValue(StorableText.of(labels));
    }
}
