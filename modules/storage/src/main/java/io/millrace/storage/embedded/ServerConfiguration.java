package io.millrace.storage.embedded;

import java.nio.file.Path;

/** The private server's settings, each with its reason. */
final class ServerConfiguration {
    private ServerConfiguration() {}

    static String text(PrivateDatabaseSettings settings, int port, Path log) {
        return """
                # Local clients only, and no socket file that could outgrow its length limit.
                listen_addresses = '127.0.0.1'
                port = %d
                unix_socket_directories = ''
                max_connections = %d
                password_encryption = 'scram-sha-256'

                # A commit is on disk before it is answered. Checked again at every start of a node.
                fsync = on
                synchronous_commit = on
                full_page_writes = on

                shared_buffers = %dMB
                # Whole pages go into the log at their first change after a checkpoint, so fewer checkpoints mean less to
                # write. What recovery has to read after a crash stays below this size. The pages are not compressed:
                # that makes them a quarter as large and the same updates take 40 %% longer.
                max_wal_size = 2GB
                checkpoint_timeout = 15min
                # The log is not shipped anywhere.
                wal_level = minimal
                max_wal_senders = 0
                # Statements are short; compiling one costs more than it saves.
                jit = off

                # Rows of jobs change a few times soon after they are written: clean up early and gently.
                autovacuum_naptime = 15s

                # One file per weekday, overwritten a week later.
                logging_collector = on
                log_directory = '%s'
                log_filename = 'postgres-%%a.log'
                log_truncate_on_rotation = on
                log_rotation_age = 1d
                log_rotation_size = 0
                log_min_messages = warning
                log_min_error_statement = panic
                log_timezone = 'UTC'
                timezone = 'UTC'
                """.formatted(
                        port,
                        settings.connectionsMax(),
                        settings.sharedBuffersMegabytes(),
                        log.toString().replace("'", "''"));
    }
}
