package io.millrace.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.cleanup.CleanupAction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutgoingHttpTest {
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final OutgoingHttp http = new OutgoingHttp(blocking);
    private final AtomicReference<String> received = new AtomicReference<>("");
    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch never = new CountDownLatch(1);
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(blocking);
        server.createContext("/gone", exchange -> {
            requests.incrementAndGet();
            received.set(exchange.getRequestMethod() + " "
                    + exchange.getRequestHeaders().getFirst("X-Reason") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(410, -1);
            exchange.close();
        });
        server.createContext("/elsewhere", exchange -> {
            exchange.getResponseHeaders().add("Location", "/gone");
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        server.createContext("/silent", _ -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        never.countDown();
        http.close();
        server.stop(0);
        blocking.shutdownNow();
    }

    private CleanupAction.Http get(String path) {
        return request("GET", "http://127.0.0.1:" + server.getAddress().getPort() + path, Map.of(), "");
    }

    private static CleanupAction.Http request(String method, String url, Map<String, String> headers, String body) {
        return new CleanupAction.Http(method, url, headers, body, List.of());
    }

    private int status(CleanupAction.Http request) {
        return http.status(request, Duration.ofSeconds(10))
                .toCompletableFuture()
                .join();
    }

    private void assertRefused(CleanupAction.Http request, Duration timeout, ErrorCode code) {
        assertThatThrownBy(() ->
                        http.status(request, timeout).toCompletableFuture().join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo(code));
    }

    @Test
    void theStatusOfAnyAnswerIsTold() {
        String url = get("/gone").url();

        assertThat(status(request("DELETE", url, Map.of("X-Reason", "cleanup"), "all of it")))
                .isEqualTo(410);

        assertThat(received).hasValue("DELETE cleanup all of it");
    }

    @Test
    void noRedirectIsFollowed() {
        assertThat(status(get("/elsewhere"))).isEqualTo(302);
        assertThat(requests).hasValue(0);
    }

    @Test
    void aServerThatDoesNotAnswerIsGivenUp() {
        assertRefused(get("/silent"), Duration.ofMillis(200), ErrorCode.TIMEOUT);
    }

    @Test
    void aServerThatIsNotThereIsAProblemOfTheNetwork() {
        String url = get("/gone").url();
        server.stop(0);

        assertRefused(request("GET", url, Map.of(), ""), Duration.ofSeconds(10), ErrorCode.NETWORK);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://169.254.169.254/latest", "http://10.0.0.1/", "http://[fd00::1]/", "http://0.0.0.0/"})
    void anAddressThatMustNotBeCalledIsRefused(String url) {
        assertRefused(request("GET", url, Map.of(), ""), Duration.ofSeconds(10), ErrorCode.PERMISSION);
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "http:///path", "http://user:secret@127.0.0.1/", "no url"})
    void whatIsNoRequestIsRefused(String url) {
        assertRefused(request("GET", url, Map.of(), ""), Duration.ofSeconds(10), ErrorCode.INVALID_ARGUMENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "93.184.216.34", "2606:2800:220:1::1"})
    void loopbackAndPublicAddressesAreAllowed(String address) throws IOException {
        assertThat(OutgoingHttp.isAllowed(InetAddress.getByName(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "100.64.0.1",
                "192.168.1.1",
                "172.16.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "fe80::1",
                "64:ff9b::1"
            })
    void addressesOfOtherNetworksAreNot(String address) throws IOException {
        assertThat(OutgoingHttp.isAllowed(InetAddress.getByName(address))).isFalse();
    }
}
