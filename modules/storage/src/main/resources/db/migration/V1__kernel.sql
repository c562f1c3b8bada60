-- Journal and snapshots as pekko-persistence-jdbc 1.1 reads and writes them. Two things differ from its own script:
-- no index is built CONCURRENTLY, which no transaction allows, and persistence ids sort by bytes whatever the
-- database's collation is, so that channels can be walked in name order by their index.

CREATE TABLE event_journal (
    ordering           bigserial,
    persistence_id     varchar(255) COLLATE "C" NOT NULL,
    sequence_number    bigint       NOT NULL,
    deleted            boolean      NOT NULL DEFAULT false,
    writer             varchar(255) NOT NULL,
    write_timestamp    bigint,
    adapter_manifest   varchar(255),
    event_ser_id       integer      NOT NULL,
    event_ser_manifest varchar(255) NOT NULL,
    event_payload      bytea        NOT NULL,
    meta_ser_id        integer,
    meta_ser_manifest  varchar(255),
    meta_payload       bytea,
    PRIMARY KEY (persistence_id, sequence_number)
);

CREATE UNIQUE INDEX event_journal_ordering_idx ON event_journal (ordering);

CREATE TABLE event_tag (
    event_id bigint,
    tag      varchar(256),
    PRIMARY KEY (event_id, tag),
    CONSTRAINT fk_event_journal FOREIGN KEY (event_id) REFERENCES event_journal (ordering) ON DELETE CASCADE
);

CREATE TABLE snapshot (
    persistence_id        varchar(255) COLLATE "C" NOT NULL,
    sequence_number       bigint       NOT NULL,
    created               bigint       NOT NULL,
    snapshot_ser_id       integer      NOT NULL,
    snapshot_ser_manifest varchar(255) NOT NULL,
    snapshot_payload      bytea        NOT NULL,
    meta_ser_id           integer,
    meta_ser_manifest     varchar(255),
    meta_payload          bytea,
    PRIMARY KEY (persistence_id, sequence_number)
);

-- The read model. Times are milliseconds since the epoch.

-- One row per channel name that ever had a journal. The position outlives the channel, because a channel that is
-- created again under its name continues the same journal. Rows of jobs refer to channel_key, not to the name: deleting
-- a channel takes its key away, so its jobs are out of sight at once and can be removed later, a few at a time.
CREATE SEQUENCE channel_keys;

CREATE TABLE channels (
    name             text COLLATE "C" PRIMARY KEY,
    channel_key      bigint UNIQUE,
    position         bigint   NOT NULL DEFAULT 0,
    spec             text,
    retention_millis bigint   NOT NULL DEFAULT 0,
    state            smallint NOT NULL DEFAULT 0,
    node             text,
    incarnation      bigint   NOT NULL DEFAULT 0,
    queued           bigint   NOT NULL DEFAULT 0,
    running          bigint   NOT NULL DEFAULT 0,
    scheduled        bigint   NOT NULL DEFAULT 0,
    blocked          bigint   NOT NULL DEFAULT 0,
    succeeded        bigint   NOT NULL DEFAULT 0,
    failed           bigint   NOT NULL DEFAULT 0,
    cancelled        bigint   NOT NULL DEFAULT 0,
    lost             bigint   NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 1000);

COMMENT ON COLUMN channels.channel_key IS 'absent while no channel of this name exists';
COMMENT ON COLUMN channels.position IS 'sequence number of the last applied journal entry';
COMMENT ON COLUMN channels.state IS '1 active, 2 paused, 3 draining, 4 degraded, 5 deleting; 0 while there is no channel';

-- What is left of deleted channels and has to be removed.
CREATE TABLE deleted_channels (
    channel_key     bigint PRIMARY KEY,
    name            text COLLATE "C" NOT NULL,
    last_log_cursor bigint NOT NULL
);

COMMENT ON COLUMN deleted_channels.last_log_cursor IS 'log lines up to here belonged to the deleted channel';

-- The id begins with the creation time, so both indexes grow at their right end and list the newest first. A third
-- index finds the few jobs that are neither queued nor succeeded, which is nearly every job: the column "notable" is
-- null for those two states, so the path from queued to succeeded changes no indexed column and, with room left in its
-- page, no index.
CREATE TABLE jobs (
    id               uuid     PRIMARY KEY,
    channel_key      bigint   NOT NULL,
    created_at       bigint   NOT NULL,
    started_at       bigint,
    attempt_ended_at bigint,
    ended_at         bigint,
    epoch            bigint   NOT NULL,
    attempt          integer  NOT NULL,
    exit_code        integer,
    kind             smallint NOT NULL,
    priority         smallint NOT NULL,
    state            smallint NOT NULL,
    notable          smallint,
    attempt_state    smallint,
    name             text     NOT NULL,
    node             text,
    signal           text,
    spec             bytea    NOT NULL,
    labels           jsonb,
    result           text,
    error            text
) WITH (
    fillfactor = 60,
    autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_insert_scale_factor = 0.1,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_cost_delay = 1
);

CREATE INDEX jobs_by_channel ON jobs (channel_key, id);
CREATE INDEX jobs_notable ON jobs (channel_key, notable, id) WHERE notable IS NOT NULL;

COMMENT ON COLUMN jobs.state IS
    '1 scheduled, 2 blocked, 3 queued, 4 running, 5 succeeded, 6 failed, 7 cancelled, 8 lost';
COMMENT ON COLUMN jobs.notable IS 'the state, absent for queued and succeeded';
COMMENT ON COLUMN jobs.attempt_state IS
    'of the latest attempt: 1 running, 2 succeeded, 3 failed, 4 cancelled, 5 lost; absent before the first';
COMMENT ON COLUMN jobs.kind IS '1 process, 2 handler, 3 http';
COMMENT ON COLUMN jobs.priority IS '1 high, 2 medium, 3 low';

-- Attempts that were followed by another one. The latest attempt is in the row of its job.
CREATE TABLE attempts (
    job        uuid     NOT NULL,
    number     integer  NOT NULL,
    epoch      bigint   NOT NULL,
    state      smallint NOT NULL,
    started_at bigint   NOT NULL,
    ended_at   bigint,
    node       text     NOT NULL,
    exit_code  integer,
    signal     text,
    error      text,
    PRIMARY KEY (job, number)
);

CREATE TABLE idempotency (
    channel_key bigint NOT NULL,
    key         text COLLATE "C" NOT NULL,
    created_at  bigint NOT NULL,
    body_hash   text   NOT NULL,
    jobs        bytea  NOT NULL,
    PRIMARY KEY (channel_key, key)
);

CREATE INDEX idempotency_by_age ON idempotency (created_at);

COMMENT ON COLUMN idempotency.jobs IS 'ids of the jobs in order, 16 bytes each';

-- Output. Blocks are keyed by name, because output may be stored before the read model knows the channel.
CREATE TABLE log_blocks (
    channel      text COLLATE "C" NOT NULL,
    first_cursor bigint  NOT NULL,
    last_cursor  bigint  NOT NULL,
    job          uuid    NOT NULL,
    attempt      integer NOT NULL,
    first_millis bigint  NOT NULL,
    last_millis  bigint  NOT NULL,
    lines        bytea   NOT NULL,
    PRIMARY KEY (channel, first_cursor)
);

CREATE INDEX log_blocks_by_job ON log_blocks (job, first_cursor);

-- Bytes stored per channel, so that a channel within its quota is told from one above it without a scan.
CREATE TABLE log_totals (
    channel text COLLATE "C" PRIMARY KEY,
    bytes   bigint NOT NULL
) WITH (fillfactor = 50);
