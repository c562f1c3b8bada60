package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests that a browser was tricked into. A page from elsewhere names itself in {@code Origin}; a page that made
 * its own name point to this machine (DNS rebinding) names itself in {@code Host}.
 */
final class SiteCheck {
    private final Set<String> hosts;
    private final Set<String> origins;

    SiteCheck(HttpSettings settings) {
        Set<String> allowed = new HashSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));
        allowed.add(settings.host().toLowerCase(Locale.ROOT));
        allowed.addAll(settings.allowedHosts());
        this.hosts = Set.copyOf(allowed);
        this.origins = settings.allowedOrigins();
    }

    /** Why the request is refused, null if it is not. */
    @Nullable HttpProblem check(Exchange exchange) {
        String host = exchange.header("Host");
        if (host != null && !host.isEmpty() && !hosts.contains(withoutPort(host).toLowerCase(Locale.ROOT))) {
            return refused(
                    "This server does not answer to the host name of the request. Use 127.0.0.1 or localhost, or add"
                            + " the name to the allowed hosts of the node.");
        }
        String origin = exchange.header("Origin");
        if (origin != null && !isOwnPage(origin, host) && !origins.contains(origin)) {
            return refused(
                    "Pages of another site may not call this server. Add the page's origin to the allowed origins"
                            + " of the node if it is yours.");
        }
        return null;
    }

    private static boolean isOwnPage(String origin, @Nullable String host) {
        return host != null && (origin.equals("http://" + host) || origin.equals("https://" + host));
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    private static HttpProblem refused(String detail) {
        return HttpProblem.of(Problem.of(ErrorCode.PERMISSION, "HttpApi", detail, Map.of()));
    }
}
