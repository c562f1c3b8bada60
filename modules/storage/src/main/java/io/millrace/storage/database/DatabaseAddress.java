package io.millrace.storage.database;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * Where a PostgreSQL database is and who to be there. The password is part of the value and of no text but
 * {@link #toUrl()}.
 *
 * @param jdbcUrl for the JDBC driver; holds no user and no password
 * @param user role to log in as
 * @param password its password, empty for none
 */
public record DatabaseAddress(String jdbcUrl, String user, String password) {
    private static final String JDBC = "jdbc:";
    private static final String EXPECTED = "postgresql://user:password@host:port/database";
    private static final int DEFAULT_PORT = 5432;

    /**
     * Reads {@code postgresql://user:password@host:port/database?parameters}. The scheme may also be {@code postgres} or
     * {@code jdbc:postgresql}, the port is 5432 if none is given, and reserved characters of user and password are
     * percent-encoded.
     *
     * @throws MillraceException INVALID_ARGUMENT if the text is anything else; its detail never repeats the text,
     *     because that may hold a password
     */
    public static DatabaseAddress parse(String url) {
        URI uri = uriOf(url.startsWith(JDBC) ? url.substring(JDBC.length()) : url);
        if (!"postgresql".equals(uri.getScheme()) && !"postgres".equals(uri.getScheme())) {
            throw malformed("it does not begin with postgresql://");
        }
        if (uri.getHost() == null) {
            throw malformed("it names no host, or user and password are not percent-encoded");
        }
        if (uri.getRawPath() == null || uri.getRawPath().length() < 2) {
            throw malformed("it names no database behind the host");
        }
        String userInfo = uri.getRawUserInfo();
        if (userInfo == null || userInfo.isEmpty() || userInfo.startsWith(":")) {
            throw malformed("it names no user");
        }
        int colon = userInfo.indexOf(':');
        String user = decoded(colon < 0 ? userInfo : userInfo.substring(0, colon));
        String password = colon < 0 ? "" : decoded(userInfo.substring(colon + 1));
        return new DatabaseAddress(jdbcUrlOf(uri), user, password);
    }

    private static URI uriOf(String url) {
        try {
            return new URI(url);
        } catch (URISyntaxException e) {
            // The cause is left out: its message repeats the whole text, password included.
            throw malformed("it is no URL (" + e.getReason() + " at character " + e.getIndex() + ")");
        }
    }

    private static String jdbcUrlOf(URI uri) {
        int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return "jdbc:postgresql://" + uri.getHost() + ":" + port + uri.getRawPath() + query;
    }

    /** The form {@link #parse} reads, password included; for files that only their owner can read. */
    public String toUrl() {
        String rest = jdbcUrl.substring((JDBC + "postgresql://").length());
        return "postgresql://" + encoded(user) + ":" + encoded(password) + "@" + rest;
    }

    /** Port of the server. */
    public int port() {
        return uriOf(jdbcUrl.substring(JDBC.length())).getPort();
    }

    /** Host, port and database, for messages. */
    public String location() {
        int query = jdbcUrl.indexOf('?');
        return jdbcUrl.substring((JDBC + "postgresql://").length(), query < 0 ? jdbcUrl.length() : query);
    }

    @Override
    public String toString() {
        return "postgresql://" + user + ":***@" + location();
    }

    private static String decoded(String text) {
        // URLDecoder reads a plus sign as a space, which it is not in this part of a URL.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static MillraceException malformed(String why) {
        return Problem.of(
                        ErrorCode.INVALID_ARGUMENT,
                        "Storage",
                        "The database URL cannot be used: " + why + ". Expected " + EXPECTED + ".")
                .asException();
    }
}
