package io.millrace.storage.handle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.StorageSettings;
import io.millrace.storage.TestDatabases;
import io.millrace.storage.database.Database;
import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.schema.Migrations;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class HandleKeyTest {

    @Test
    void nodesThatStartTogetherUseTheSameKey() throws Exception {
        // given
        DatabaseAddress address = migrated();
        List<Callable<byte[]>> nodes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            nodes.add(() -> load(address));
        }

        // when
        List<Future<byte[]>> loaded;
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            loaded = executor.invokeAll(nodes);
        }

        // then
        List<String> keys = new ArrayList<>();
        for (Future<byte[]> each : loaded) {
            keys.add(HexFormat.of().formatHex(each.get()));
        }
        assertThat(keys).hasSize(4).containsOnly(keys.getFirst());
        assertThat(load(address))
                .hasSize(HandleKey.BYTES)
                .isEqualTo(loaded.getFirst().get());
    }

    @Test
    void eachDatabaseHasItsOwnKey() {
        assertThat(load(migrated())).isNotEqualTo(load(migrated()));
    }

    private static DatabaseAddress migrated() {
        DatabaseAddress address = TestDatabases.fresh();
        Migrations.run(address);
        return address;
    }

    private static byte[] load(DatabaseAddress address) {
        try (Database database = Database.open(address, StorageSettings.DEFAULT)) {
            return new HandleKey(database).load();
        }
    }
}
