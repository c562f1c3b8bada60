-- The key with which the channels of this cluster seal the handles they give out: one row, written by the first node.
CREATE TABLE handle_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key      bytea NOT NULL
);
