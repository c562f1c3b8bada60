package io.millrace.node;

import io.millrace.channel.HttpCalls;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupAction;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * Sends requests that users describe. It follows no redirect, uses no proxy, and reads nothing of a reply but its status.
 * Every address of the server's name is looked at before: link-local ones, behind which clouds keep credentials, and those
 * of private networks are refused. Loopback is allowed, because whoever may register tasks runs commands here, too.
 *
 * <p>The name is looked up once more when the connection is made; the Java platform keeps what it found before for half a
 * minute, so both see the same addresses.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class OutgoingHttp implements HttpCalls, AutoCloseable {
    private static final String COMPONENT = "HttpCalls";
    private static final Duration CONNECT_MAX = Duration.ofSeconds(10);
    private static final Set<String> SCHEMES = Set.of("http", "https");

    private final Executor blocking;
    private final HttpClient client;

    /** @param blocking its threads may block; names are looked up there */
    OutgoingHttp(Executor blocking) {
        this.blocking = blocking;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(CONNECT_MAX)
                .executor(blocking)
                .build();
    }

    @Override
    public CompletionStage<Integer> status(CleanupAction.Http request, Duration timeout) {
        return CompletableFuture.supplyAsync(() -> checked(request, timeout), blocking)
                .thenCompose(http -> client.sendAsync(http, HttpResponse.BodyHandlers.ofInputStream()))
                .thenApply(OutgoingHttp::statusOf)
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(explained(request, failure)));
    }

    private static HttpRequest checked(CleanupAction.Http request, Duration timeout) {
        URI uri = uriOf(request.url());
        checkAddresses(uri.getHost());
        try {
            HttpRequest.Builder builder = HttpRequest.newBuilder(uri)
                    .timeout(timeout)
                    .method(
                            request.method(),
                            request.body().isEmpty()
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(request.body()));
            request.headers().forEach(builder::header);
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw invalid("The request cannot be sent: " + e.getMessage() + ".");
        }
    }

    private static URI uriOf(String url) {
        try {
            URI uri = new URI(url);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            if (!SCHEMES.contains(scheme) || uri.getHost() == null || uri.getUserInfo() != null) {
                throw invalid(
                        "The URL '" + url + "' cannot be called. Use http:// or https:// with a host, and a header "
                                + "for credentials.");
            }
            return uri;
        } catch (URISyntaxException e) {
            throw invalid("The URL '" + url + "' is not valid: " + e.getReason() + ".");
        }
    }

    private static void checkAddresses(String host) {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw Problem.of(ErrorCode.NETWORK, COMPONENT, "The host '" + host + "' has no address. Check its name.")
                    .asException();
        }
        for (InetAddress address : addresses) {
            if (!isAllowed(address)) {
                throw Problem.of(
                                ErrorCode.PERMISSION,
                                COMPONENT,
                                "The host '" + host + "' has the address " + address.getHostAddress()
                                        + ", which is link-local, private, multicast or reserved and must not be called "
                                        + "from here.")
                        .asException();
            }
        }
    }

    /** True for loopback and public addresses. */
    static boolean isAllowed(InetAddress address) {
        byte[] bytes = address.getAddress();
        return !address.isAnyLocalAddress()
                && !address.isLinkLocalAddress()
                && !address.isSiteLocalAddress()
                && !address.isMulticastAddress()
                && (bytes.length == 4 ? isAllowedV4(bytes) : isAllowedV6(bytes));
    }

    /** Not "this network" (0/8), shared by carriers (100.64/10) or reserved (240/4). */
    private static boolean isAllowedV4(byte[] bytes) {
        int first = bytes[0] & 0xff;
        int second = bytes[1] & 0xff;
        return first != 0 && !(first == 100 && (second & 0xc0) == 64) && first < 240;
    }

    /** Not unique local (fc00::/7), and no other form of an IPv4 address (64:ff9b::/96). */
    private static boolean isAllowedV6(byte[] bytes) {
        boolean isUniqueLocal = (bytes[0] & 0xfe) == 0xfc;
        boolean isTranslated =
                bytes[0] == 0 && bytes[1] == 0x64 && (bytes[2] & 0xff) == 0xff && (bytes[3] & 0xff) == 0x9b;
        return !isUniqueLocal && !isTranslated;
    }

    /** The reply ends here, however long it is. */
    private static int statusOf(HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            return response.statusCode();
        } catch (IOException e) {
            return response.statusCode();
        }
    }

    private static MillraceException explained(CleanupAction.Http request, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String call = request.method() + " " + request.url();
        return switch (cause) {
            case MillraceException expected -> expected;
            case HttpTimeoutException _ ->
                Problem.of(ErrorCode.TIMEOUT, COMPONENT, call + " was not answered in time.")
                        .asException();
            default ->
                Problem.of(
                                ErrorCode.NETWORK,
                                COMPONENT,
                                call + " failed: "
                                        + (cause.getMessage() == null
                                                ? "the server could not be reached"
                                                : cause.getMessage())
                                        + ".")
                        .asException();
        };
    }

    private static MillraceException invalid(String detail) {
        return Problem.of(ErrorCode.INVALID_ARGUMENT, COMPONENT, detail).asException();
    }

    /** Requests under way fail. */
    @Override
    public void close() {
        client.shutdownNow();
    }
}
