-- Executions of cleanups that are under way, so that a channel whose node is lost is woken up to go on with them.
ALTER TABLE channels ADD COLUMN cleanups bigint NOT NULL DEFAULT 0;
