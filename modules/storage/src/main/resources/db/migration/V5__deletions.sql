-- What deleting a channel gave back, for those who asked for it. Kept for a week.
CREATE TABLE deletions (
    channel  text COLLATE "C" NOT NULL,
    began_at bigint NOT NULL,
    ended_at bigint NOT NULL,
    result   text,
    PRIMARY KEY (channel, began_at)
);

CREATE INDEX deletions_by_end ON deletions (ended_at);

COMMENT ON COLUMN deletions.result IS 'JSON text of the execution that cleaned the channel up';
