package io.millrace.storage.schema;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.storage.database.DatabaseAddress;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/** Brings the schema of a database up to date. Nodes that start together take turns through a lock in the database. */
public final class Migrations {
    private Migrations() {}

    /**
     * Runs what is missing, each migration in a transaction of its own.
     *
     * @throws io.millrace.contracts.MillraceException INVALID_STATE if a migration fails or the schema is not what
     *     earlier migrations left
     */
    public static void run(DatabaseAddress address) {
        try {
            Flyway.configure(Migrations.class.getClassLoader())
                    .dataSource(address.jdbcUrl(), address.user(), address.password())
                    .locations("classpath:db/migration")
                    .table("schema_history")
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw Problem.of(
                            ErrorCode.INVALID_STATE,
                            "Storage",
                            "The schema of the database at " + address.location() + " could not be brought up to date: "
                                    + e.getMessage() + " Use an empty database or one that only Millrace writes, and "
                                    + "a role that may create tables in it.")
                    .asException();
        }
    }
}
