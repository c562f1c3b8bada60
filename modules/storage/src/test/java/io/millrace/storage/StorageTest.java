package io.millrace.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.storage.database.DatabaseAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class StorageTest {
    private final TestCodec codec = new TestCodec();

    @Test
    void nodesThatStartTogetherBringTheSchemaUpToDateOnce() throws Exception {
        // given
        DatabaseAddress address = TestDatabases.fresh();
        List<Callable<Boolean>> nodes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            nodes.add(() -> {
                try (Storage storage = Storage.open(address, StorageSettings.DEFAULT, codec)) {
                    return storage.readModel().channels(10, null).items().isEmpty();
                }
            });
        }

        // when
        List<Future<Boolean>> started;
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            started = executor.invokeAll(nodes);
        }

        // then
        for (Future<Boolean> each : started) {
            assertThat(each.get()).isTrue();
        }
        assertThat(TestDatabases.number(address, "SELECT count(*) FROM schema_history WHERE success"))
                .isEqualTo(TestDatabases.MIGRATIONS);
    }

    @Test
    void aDatabaseThatWouldLoseAcknowledgedWorkIsRefused() {
        // given
        DatabaseAddress address = TestDatabases.fresh();
        TestDatabases.execute(address, "ALTER DATABASE " + name(address) + " SET synchronous_commit = off");

        // when, then
        assertThatThrownBy(() -> Storage.open(address, StorageSettings.DEFAULT, codec))
                .isInstanceOfSatisfying(MillraceException.class, e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_STATE);
                    assertThat(e.problem().context()).containsOnly(Map.entry("synchronous_commit", "off"));
                    assertThat(e.problem().detail()).contains("MILLRACE_DATABASE_ALLOW_UNSAFE");
                });
    }

    @Test
    void anUnsafeDatabaseIsUsedWhenAskedForByName() {
        // given
        DatabaseAddress address = TestDatabases.fresh();
        TestDatabases.execute(address, "ALTER DATABASE " + name(address) + " SET synchronous_commit = local");
        StorageSettings unsafe = new StorageSettings(
                2, StorageSettings.DEFAULT.connectionTimeout(), StorageSettings.DEFAULT.statementTimeout(), true);

        // when
        try (Storage storage = Storage.open(address, unsafe, codec)) {

            // then
            assertThat(storage.readModel().channels(10, null).items()).isEmpty();
        }
    }

    @Test
    void aDatabaseThatCannotBeReachedIsNamedWithoutItsPassword() {
        // given
        DatabaseAddress address = new DatabaseAddress("jdbc:postgresql://127.0.0.1:1/nowhere", "someone", "hidden");

        // when, then
        assertThatThrownBy(() -> Storage.open(address, StorageSettings.DEFAULT, codec))
                .isInstanceOfSatisfying(MillraceException.class, e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.UNAVAILABLE);
                    assertThat(e.problem().detail())
                            .contains("127.0.0.1:1/nowhere", "someone")
                            .doesNotContain("hidden");
                });
    }

    private static String name(DatabaseAddress address) {
        return address.location().substring(address.location().indexOf('/') + 1);
    }
}
