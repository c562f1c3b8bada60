package io.millrace.storage.readmodel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Page;
import io.millrace.contracts.ValueCodec;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.storage.database.StorableText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One list of jobs, newest first. Each shape of filter has its own way to the rows:
 *
 * <ul>
 *   <li>states of which the channels' counters know no job: no row is read;
 *   <li>only notable states: the newest few of each channel and state from the index of notable jobs, merged;
 *   <li>anything else: the channel's jobs, or all jobs, from the newest on, filtered as they are read.
 * </ul>
 *
 * Kind, labels and time have no index of their own, which every submission would pay for; a filter that few jobs match
 * reads many rows and is bounded by the statement timeout.
 */
final class JobList {
    /**
     * An id is made by the node that takes the request, the creation time by the node that owns the channel. Their
     * clocks may differ by this much before a filter by time could miss a job.
     */
    private static final Duration CLOCK_DIFFERENCE_MAX = Duration.ofHours(1);

    private final JobQuery query;
    private final ValueCodec codec;
    private final Set<JobState> states;
    private final String fingerprint;

    JobList(JobQuery query, ValueCodec codec) {
        this.query = query;
        this.codec = codec;
        this.states = new TreeSet<>(query.states().isEmpty() ? List.of(JobState.values()) : query.states());
        this.fingerprint = fingerprint();
    }

    Page<JobView> page(Connection connection) throws SQLException {
        String token = query.pageToken();
        IdRange ids = IdRange.of(query.since(), query.until(), token == null ? null : lastShown(token));
        Long[] channelKeys = channelKeys(connection);
        if (channelKeys.length == 0) {
            return new Page<>(List.of(), null);
        }
        Statement statement = new Statement();
        if (states.stream().allMatch(StoredCodes::isNotable)) {
            selectNotable(statement, connection, channelKeys, ids);
        } else {
            selectNewest(statement, connection, channelKeys, ids);
        }
        return read(connection, statement);
    }

    /** Keys of the channels that may have a matching job, by their counters. */
    private Long[] channelKeys(Connection connection) throws SQLException {
        ChannelName channel = query.channel();
        String sql = "SELECT channel_key FROM channels WHERE channel_key IS NOT NULL AND " + ChannelRows.countOf(states)
                + " > 0" + (channel == null ? "" : " AND name = ?");
        List<Long> keys = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            if (channel != null) {
                select.setString(1, channel.value());
            }
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    keys.add(row.getLong(1));
                }
            }
        }
        return keys.toArray(Long[]::new);
    }

    /**
     * The bounds of a channel are comparisons of rows rather than an equality. With an equality the planner may walk all
     * jobs by id and skip those of other channels, which for a channel without new jobs are millions.
     */
    private void selectNewest(Statement statement, Connection connection, Long[] channelKeys, IdRange ids)
            throws SQLException {
        statement.add("SELECT " + JobRows.VIEW_COLUMNS
                + " FROM jobs j JOIN channels c ON c.channel_key = j.channel_key WHERE true");
        if (query.channel() == null) {
            statement.add(" AND j.id < ? AND j.id >= ?", ids.before(), ids.first());
        } else {
            Long key = channelKeys[0];
            statement.add(" AND (j.channel_key, j.id) < (?, ?)", key, ids.before());
            statement.add(" AND (j.channel_key, j.id) >= (?, ?)", key, ids.first());
        }
        if (states.size() < JobState.values().length) {
            statement.add(" AND j.state = ANY (?)", connection.createArrayOf("int2", stateCodes()));
        }
        filter(statement);
        statement.add(query.channel() == null ? " ORDER BY j.id DESC" : " ORDER BY j.channel_key DESC, j.id DESC");
        statement.add(" LIMIT " + rowsWanted());
    }

    /** Bounds are comparisons of rows here for the same reason. */
    private void selectNotable(Statement statement, Connection connection, Long[] channelKeys, IdRange ids)
            throws SQLException {
        statement.add(
                "WITH newest AS (SELECT n.id FROM unnest(?::int8[]) AS k (channel_key) "
                        + "CROSS JOIN unnest(?::int2[]) AS s (state) CROSS JOIN LATERAL (SELECT j.id FROM jobs j "
                        + "WHERE j.notable IS NOT NULL AND (j.channel_key, j.notable, j.id) < (k.channel_key, s.state, ?) "
                        + "AND (j.channel_key, j.notable, j.id) >= (k.channel_key, s.state, ?)",
                connection.createArrayOf("int8", channelKeys),
                connection.createArrayOf("int2", stateCodes()),
                ids.before(),
                ids.first());
        filter(statement);
        statement.add(" ORDER BY j.channel_key DESC, j.notable DESC, j.id DESC LIMIT " + rowsWanted()
                + ") n ORDER BY n.id DESC LIMIT " + rowsWanted() + ") SELECT " + JobRows.VIEW_COLUMNS
                + " FROM newest JOIN jobs j USING (id) JOIN channels c ON c.channel_key = j.channel_key "
                + "ORDER BY j.id DESC");
    }

    private void filter(Statement statement) {
        if (query.kind() != null) {
            statement.add(" AND j.kind = ?", StoredCodes.of(query.kind()));
        }
        if (query.since() != null) {
            statement.add(" AND j.created_at >= ?", query.since().toEpochMilli());
        }
        if (query.until() != null) {
            statement.add(" AND j.created_at < ?", query.until().toEpochMilli());
        }
        if (!query.labels().isEmpty()) {
            statement.add(" AND j.labels @> ?::jsonb", codec.encodeValue(StorableText.of(query.labels())));
        }
    }

    private Short[] stateCodes() {
        return states.stream().map(StoredCodes::of).toArray(Short[]::new);
    }

    /** One row more than the page holds tells whether another page follows. */
    private int rowsWanted() {
        return query.pageSize() + 1;
    }

    private Page<JobView> read(Connection connection, Statement statement) throws SQLException {
        List<JobView> jobs = new ArrayList<>();
        boolean hasMore = false;
        try (PreparedStatement select = statement.prepare(connection);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                if (jobs.size() == query.pageSize()) {
                    hasMore = true;
                    break;
                }
                jobs.add(JobRows.view(row, codec));
            }
        }
        return new Page<>(jobs, hasMore ? token(jobs.getLast().id()) : null);
    }

    private String token(JobId last) {
        return PageToken.of(fingerprint, JobIds.toBytes(List.of(last)));
    }

    private JobId lastShown(String token) {
        return JobIds.fromBytes(PageToken.lastKey(fingerprint, token)).getFirst();
    }

    private String fingerprint() {
        return "jobs " + query.channel() + ' ' + states + ' ' + query.kind() + ' ' + new TreeMap<>(query.labels()) + ' '
                + query.since() + ' ' + query.until();
    }

    /**
     * Ids a page can show, newest first.
     *
     * @param before above every id of the page
     * @param first at or below every id of the page
     */
    private record IdRange(UUID before, UUID first) {
        private static final UUID LOWEST = new UUID(0, 0);
        private static final UUID HIGHEST = new UUID(-1, -1);

        static IdRange of(@Nullable Instant since, @Nullable Instant until, @Nullable JobId lastShown) {
            UUID first = since == null ? LOWEST : firstIdOf(since.minus(CLOCK_DIFFERENCE_MAX));
            if (lastShown != null) {
                return new IdRange(JobIds.toUuid(lastShown), first);
            }
            return new IdRange(until == null ? HIGHEST : firstIdOf(until.plus(CLOCK_DIFFERENCE_MAX)), first);
        }

        private static UUID firstIdOf(Instant time) {
            return new UUID(Math.clamp(time.toEpochMilli(), 0, (1L << 48) - 1) << 16, 0);
        }
    }

    /** A statement that grows together with its parameters. */
    private static final class Statement {
        private final StringBuilder sql = new StringBuilder();
        private final List<Object> parameters = new ArrayList<>();

        void add(String part, Object... values) {
            sql.append(part);
            parameters.addAll(List.of(values));
        }

        PreparedStatement prepare(Connection connection) throws SQLException {
            PreparedStatement statement = connection.prepareStatement(sql.toString());
            for (int i = 0; i < parameters.size(); i++) {
                statement.setObject(i + 1, parameters.get(i));
            }
            return statement;
        }
    }
}
