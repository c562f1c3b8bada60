package io.millrace.contracts.process;

import java.net.URI;

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
}
