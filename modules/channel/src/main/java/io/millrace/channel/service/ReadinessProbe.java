package io.millrace.channel.service;

import io.millrace.channel.HttpCalls;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.process.Readiness;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Finds out from outside whether a process is ready, one try at a time. Only loopback addresses are asked: a process is
 * looked at where it runs, and nothing else is reached by way of a readiness check.
 *
 * @param http sends requests
 * @param blocking looks names up and connects; its threads may block
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
record ReadinessProbe(HttpCalls http, Executor blocking) {
    private static final String COMPONENT = "ServiceManager";
    private static final int STATUS_READY_MIN = 200;
    private static final int STATUS_READY_MAX = 399;

    /**
     * Tries once, for at most about {@link Limits#READINESS_TRY_MAX}.
     *
     * @param readiness of a server: a log line is waited for, and a command is run
     * @return never fails: empty if it is ready, else why not, for a person
     */
    CompletionStage<Optional<String>> ask(Readiness readiness) {
        CompletionStage<Optional<String>> answer = switch (readiness) {
            case Readiness.Http(var url) -> askHttp(url);
            case Readiness.Tcp(var host, var port) -> askTcp(host, port);
            case Readiness.Log _, Readiness.Command _, Readiness.AfterLine _ ->
                throw new IllegalArgumentException("only a server is asked");
        };
        return answer.exceptionally(failure -> Optional.of(explained(failure)));
    }

    private CompletionStage<Optional<String>> askHttp(URI url) {
        var request = new CleanupAction.Http("GET", url.toString(), Map.of(), "", List.of());
        return CompletableFuture.supplyAsync(() -> loopback(hostOf(url)), blocking)
                .thenCompose(_ -> http.status(request, Limits.READINESS_TRY_MAX))
                .thenApply(status -> status >= STATUS_READY_MIN && status <= STATUS_READY_MAX
                        ? Optional.<String>empty()
                        : Optional.of("GET " + url + " was answered with status " + status + ", and " + STATUS_READY_MIN
                                + " to " + STATUS_READY_MAX + " was expected"))
                .completeOnTimeout(
                        Optional.of("GET " + url + " was not answered within " + Limits.READINESS_TRY_MAX.toMillis()
                                + " ms"),
                        2 * Limits.READINESS_TRY_MAX.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    private static String hostOf(URI url) {
        if (url.getHost() == null) {
            throw Problem.of(ErrorCode.INVALID_ARGUMENT, COMPONENT, "the URL " + url + " names no host")
                    .asException();
        }
        return url.getHost();
    }

    private CompletionStage<Optional<String>> askTcp(String host, int port) {
        return CompletableFuture.supplyAsync(() -> connect(host, port), blocking);
    }

    private static Optional<String> connect(String host, int port) {
        String failure = "";
        for (InetAddress address : loopback(host)) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), (int) Limits.READINESS_TRY_MAX.toMillis());
                return Optional.empty();
            } catch (IOException e) {
                failure = "port " + port + " of " + address.getHostAddress() + ": " + e.getMessage();
            }
        }
        return Optional.of(failure);
    }

    private static InetAddress[] loopback(String host) {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw Problem.of(ErrorCode.NETWORK, COMPONENT, "the host '" + host + "' has no address")
                    .asException();
        }
        for (InetAddress address : addresses) {
            if (!address.isLoopbackAddress()) {
                throw Problem.of(
                                ErrorCode.PERMISSION,
                                COMPONENT,
                                "the host '" + host + "' has the address " + address.getHostAddress()
                                        + ", and only loopback addresses such as 127.0.0.1 are asked")
                        .asException();
            }
        }
        return addresses;
    }

    private static String explained(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof MillraceException expected ? expected.problem().detail() : cause.toString();
    }
}
