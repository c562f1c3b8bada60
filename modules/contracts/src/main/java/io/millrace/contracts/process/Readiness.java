package io.millrace.contracts.process;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How to know that a process is ready to be used. */
public sealed interface Readiness {

    /** It answers a GET with a status from 200 to 399. The address must be one of this machine. */
    record Http(URI url) implements Readiness {}

    /**
     * It accepts a connection.
     *
     * @param host a name or address of this machine, by default {@code 127.0.0.1}
     * @param port 1 to 65535
     */
    record Tcp(String host, int port) implements Readiness {}

    /** It writes a line in which this regular expression (RE2 syntax, at most 512 characters) finds something. */
    record Log(String pattern) implements Readiness {}

    /**
     * It is ready when this command, run beside it in its directory and with its variables, ends with exit code 0 within 10 s.
     *
     * @param command argument vector, at least one element
     */
    record Command(List<String> command) implements Readiness {
        public Command {
            command = List.copyOf(command);
        }
    }

    /**
     * It writes a line, and passes another check after that.
     *
     * @param line tells those that depend on {@link ProcessDependency.Condition#LOGGED} that they may start
     * @param check begins once the line is written; neither a log line nor one with another line before it
     */
    record AfterLine(Log line, Readiness check) implements Readiness {}

    /** The line that is waited for, first of all; absent if none is. */
    default @Nullable Log line() {
        return switch (this) {
            case Log log -> log;
            case AfterLine(var line, var _) -> line;
            case Http _, Tcp _, Command _ -> null;
        };
    }

    /** What is asked until it is passed, absent if the line says everything. */
    default @Nullable Readiness check() {
        return switch (this) {
            case Log _ -> null;
            case AfterLine(var _, var check) -> check;
            case Http _, Tcp _, Command _ -> this;
        };
    }
}
