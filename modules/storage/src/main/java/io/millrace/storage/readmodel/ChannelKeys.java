package io.millrace.storage.readmodel;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;

/** Fresh keys for channels that come into being. */
final class ChannelKeys implements LongSupplier {
    static final ChannelKeys NONE = new ChannelKeys(List.of());

    private final Iterator<Long> keys;

    private ChannelKeys(List<Long> keys) {
        this.keys = keys.iterator();
    }

    static ChannelKeys take(Connection connection, long count) throws SQLException {
        List<Long> keys = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement("SELECT nextval('channel_keys') FROM generate_series(1, ?)")) {
            select.setLong(1, count);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    keys.add(row.getLong(1));
                }
            }
        }
        return new ChannelKeys(keys);
    }

    @Override
    public long getAsLong() {
        return keys.next();
    }
}
