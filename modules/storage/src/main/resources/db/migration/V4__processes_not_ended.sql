-- Services and commands that have not ended, so that a channel whose node is lost is woken up to run them again.
ALTER TABLE channels ADD COLUMN processes bigint NOT NULL DEFAULT 0;
