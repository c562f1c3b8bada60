package io.millrace.storage.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseAddressTest {
    @Test
    void aUrlIsTakenApart() {
        // when
        DatabaseAddress address =
                DatabaseAddress.parse("postgresql://mill:p%40ss%2Bw+x@db.example:6543/jobs?sslmode=require");

        // then
        assertThat(address.jdbcUrl()).isEqualTo("jdbc:postgresql://db.example:6543/jobs?sslmode=require");
        assertThat(address.port()).isEqualTo(6543);
        assertThat(address.user()).isEqualTo("mill");
        assertThat(address.password()).isEqualTo("p@ss+w+x");
    }

    @Test
    void thePortOfPostgresIsTheDefault() {
        assertThat(DatabaseAddress.parse("postgres://mill@localhost/jobs").jdbcUrl())
                .isEqualTo("jdbc:postgresql://localhost:5432/jobs");
    }

    @Test
    void aUrlSurvivesBeingWrittenAndRead() {
        // given
        DatabaseAddress address = new DatabaseAddress("jdbc:postgresql://[::1]:5432/jobs", "me & you", "a/b:c?d#e f+g");

        // then
        assertThat(DatabaseAddress.parse(address.toUrl())).isEqualTo(address);
    }

    @Test
    void thePasswordIsInNoText() {
        // given
        DatabaseAddress address = DatabaseAddress.parse("postgresql://mill:hidden@localhost/jobs");

        // then
        assertThat(address.toString()).doesNotContain("hidden").contains("mill", "localhost:5432/jobs");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "mysql://mill:hidden@localhost/jobs",
                "postgresql://mill:hidden@localhost",
                "postgresql://mill:hidden@localhost/",
                "postgresql://localhost/jobs",
                "postgresql://:hidden@localhost/jobs",
                "postgresql://mill:hid den@localhost/jobs",
                "postgresql://mill:hidden@/jobs",
                "postgresql://mill:hid@den@localhost/jobs"
            })
    void anythingElseIsRefusedWithoutBeingRepeated(String url) {
        assertThatThrownBy(() -> DatabaseAddress.parse(url)).isInstanceOfSatisfying(MillraceException.class, e -> {
            assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
            assertThat(e.problem().detail())
                    .doesNotContain("hid")
                    .contains("postgresql://user:password@host:port/database");
        });
    }
}
