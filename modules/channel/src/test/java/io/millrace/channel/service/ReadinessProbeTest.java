package io.millrace.channel.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.HttpCalls;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.Readiness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadinessProbeTest {
    private static final HttpCalls NO_CALLS = (request, _) -> {
        throw new AssertionError("nothing may be sent to " + request.url());
    };

    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void close() {
        blocking.close();
    }

    @ParameterizedTest
    @CsvSource({"200, true", "204, true", "302, true", "399, true", "400, false", "404, false", "503, false"})
    void aServerIsReadyIfItAnswersWithAStatusOfSuccessOrOfARedirect(int status, boolean isReady) {
        // given
        List<String> requests = new ArrayList<>();
        HttpCalls calls = (request, _) -> {
            requests.add(request.method() + " " + request.url());
            return CompletableFuture.completedStage(status);
        };

        // when
        var answer = ask(calls, new Readiness.Http(URI.create("http://127.0.0.1:8081/health")));

        // then
        assertThat(requests).containsExactly("GET http://127.0.0.1:8081/health");
        assertThat(answer.isEmpty()).isEqualTo(isReady);
        answer.ifPresent(why -> assertThat(why).contains("status " + status));
    }

    @Test
    void aServerThatCannotBeReachedIsNotReadyForTheReasonTheCallNames() {
        // given
        HttpCalls calls = (_, _) -> CompletableFuture.failedStage(
                Problem.of(ErrorCode.NETWORK, "HttpCalls", "connection refused").asException());

        // when, then
        assertThat(ask(calls, new Readiness.Http(URI.create("http://localhost:1/"))))
                .contains("connection refused");
    }

    @Test
    void aPortIsReadyOnceItAcceptsConnections() throws IOException {
        // given
        int port;
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();

            // when, then
            assertThat(ask(NO_CALLS, new Readiness.Tcp("127.0.0.1", port))).isEmpty();
        }
        assertThat(ask(NO_CALLS, new Readiness.Tcp("127.0.0.1", port)))
                .hasValueSatisfying(why -> assertThat(why).contains("port " + port));
    }

    @Test
    void onlyLoopbackAddressesAreAsked() {
        // given an address for documentation, which belongs to nobody
        var http = new Readiness.Http(URI.create("http://192.0.2.1/"));
        var tcp = new Readiness.Tcp("192.0.2.1", 80);

        // when, then
        assertThat(ask(NO_CALLS, http))
                .hasValueSatisfying(why -> assertThat(why).contains("only loopback addresses"));
        assertThat(ask(NO_CALLS, tcp)).hasValueSatisfying(why -> assertThat(why).contains("only loopback addresses"));
    }

    private Optional<String> ask(HttpCalls calls, Readiness readiness) {
        return new ReadinessProbe(calls, blocking)
                .ask(readiness)
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }
}
