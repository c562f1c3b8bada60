package io.millrace.api.v1;

import io.millrace.contracts.process.Readiness;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads how to know that a process is ready: {@code {"http":…}}, {@code {"tcp":…}}, {@code {"exec":[…]}}, {@code
 * {"log":…}}, or a log line and one of the others.
 */
final class ReadinessReader {
    private static final List<String> FIELDS = List.of("http", "tcp", "exec", "log", "timeout");
    private static final String LOCAL = "127.0.0.1";
    private static final int PORT_MAX = 65_535;

    private final JsonInput in;
    private final String path;
    private @Nullable Readiness check;
    private Readiness.@Nullable Log line;
    private int checks;
    private boolean hasLine;
    private @Nullable Duration timeout;

    /**
     * What the object says.
     *
     * @param how absent if it has violations
     * @param timeout how long one run may take until it is ready, absent if it does not say
     */
    record Given(@Nullable Readiness how, @Nullable Duration timeout) {}

    private ReadinessReader(JsonInput in, String path) {
        this.in = in;
        this.path = path;
    }

    /** The check at the current value; null if that is null. */
    static @Nullable Given read(JsonInput in, String path) {
        return in.isObject(path) ? new ReadinessReader(in, path).readFields() : null;
    }

    private Given readFields() {
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            String at = path + "." + field;
            switch (field) {
                case "http" -> take(readHttp(at));
                case "tcp" -> take(readTcp(at));
                case "exec" -> take(readExec(at));
                case "log" -> line = readLog(at);
                case "timeout" -> timeout = ProcessSpecReader.readStartTimeout(in, at);
                default -> in.unknownField(path, field, FIELDS);
            }
        }
        if (checks > 1 || checks == 0 && !hasLine) {
            in.violation(path, "must have one of 'http', 'tcp' and 'exec', or 'log', or 'log' and one of the others");
        }
        return new Given(how(), timeout);
    }

    private @Nullable Readiness how() {
        if (line == null) {
            return check;
        }
        return check == null ? line : new Readiness.AfterLine(line, check);
    }

    private void take(@Nullable Readiness given) {
        check = given == null ? check : given;
    }

    private @Nullable Readiness readExec(String at) {
        if (in.isNull()) {
            return null;
        }
        checks++;
        return new Readiness.Command(WorkReader.readCommand(in, at));
    }

    private @Nullable Readiness readHttp(String at) {
        String text = in.text(at);
        if (text == null) {
            return null;
        }
        checks++;
        URI url = text.length() <= RequestLimits.READINESS_URL_CHARS_MAX ? url(text) : null;
        if (url == null) {
            in.violation(
                    at,
                    "must be an http or https address of at most " + RequestLimits.READINESS_URL_CHARS_MAX
                            + " characters on the machine of the process, for example http://127.0.0.1:3000/health");
            return null;
        }
        return new Readiness.Http(url);
    }

    private static @Nullable URI url(String text) {
        try {
            URI url = new URI(text);
            String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
            boolean isHttp = scheme.equals("http") || scheme.equals("https");
            return isHttp && url.getHost() != null && url.getUserInfo() == null ? url : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    private @Nullable Readiness readTcp(String at) {
        if (in.isNull()) {
            return null;
        }
        checks++;
        if (!in.isText()) {
            Long port = in.integer(at, 1, PORT_MAX);
            return port == null ? null : new Readiness.Tcp(LOCAL, port.intValue());
        }
        String text = in.text(at);
        Readiness.Tcp address = text == null ? null : address(text);
        if (address == null) {
            in.violation(
                    at,
                    "must be a port from 1 to " + PORT_MAX + ", or host:port on the machine of the process, for example"
                            + " 127.0.0.1:5432");
        }
        return address;
    }

    /** {@code host:port}, {@code [v6 address]:port}, {@code :port} or {@code port}. */
    private static Readiness.@Nullable Tcp address(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon <= 0 ? LOCAL : text.substring(0, colon);
        boolean isBracketed = host.startsWith("[") && host.endsWith("]");
        String bare = isBracketed ? host.substring(1, host.length() - 1) : host;
        int port = port(text.substring(colon + 1));
        boolean isHost = isBracketed || bare.indexOf(':') < 0;
        return port == 0 || bare.isBlank() || !isHost || bare.length() > RequestLimits.NAME_CHARS_MAX
                ? null
                : new Readiness.Tcp(bare, port);
    }

    /** 0 if it is none. */
    private static int port(String digits) {
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        int port = Integer.parseInt(digits);
        return port <= PORT_MAX ? port : 0;
    }

    private Readiness.@Nullable Log readLog(String at) {
        String pattern = in.text(at);
        if (pattern == null) {
            return null;
        }
        hasLine = true;
        if (pattern.isEmpty() || pattern.length() > RequestLimits.READINESS_PATTERN_CHARS_MAX) {
            in.violation(
                    at,
                    "must be a regular expression (RE2 syntax) of 1 to " + RequestLimits.READINESS_PATTERN_CHARS_MAX
                            + " characters, which finds something in the line that says so");
            return null;
        }
        return new Readiness.Log(pattern);
    }
}
