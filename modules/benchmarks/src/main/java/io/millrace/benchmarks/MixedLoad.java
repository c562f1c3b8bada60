package io.millrace.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/**
 * What users do, all at once and over every node: jobs that succeed, fail and are cancelled, batches, commands with
 * output, threads that are ended, locks that are waited for in vain, buffers that are used and given back or left to their
 * time to live, output that is read, and streams that are left without a word. Everything is small and of bounded number,
 * so that whatever grows is a leak.
 */
final class MixedLoad {
    private static final int CALLERS = 12;
    private static final int CHANNELS = 6;

    /** Of operations. It has no divisor in common with the number of channels, so each kind meets each channel. */
    private static final int KINDS = 13;

    private static final int LOCKS = 4;
    private static final int BATCH = 20;
    private static final int PAUSE_MILLIS = 20;
    private static final byte[] CONTENT = new byte[4_096];
    private static final String NOOP = "{\"handler\":{\"name\":\"noop\"}}";
    private static final String SLEEP = "{\"handler\":{\"name\":\"sleep\",\"input\":{\"duration\":\"10m\"}}}";
    private static final String NOOP_WITH_BUFFER =
            "{\"handler\":{\"name\":\"noop\"},\"resources\":[{\"type\":\"buffer\",\"size\":65536}]}";
    private static final String BUFFER = "{\"type\":\"buffer\",\"size\":4096}";
    private static final String SHORT_LIVED_BUFFER = "{\"type\":\"buffer\",\"size\":65536,\"ttl\":\"1s\"}";
    private static final String SLEEPING_THREAD = "{\"handler\":\"sleep\",\"input\":{\"duration\":\"10m\"}}";

    private final List<Integer> ports;
    private final LongAdder operations = new LongAdder();
    private final LongAdder jobs = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final AtomicReference<String> firstFailure = new AtomicReference<>("");

    /** @param ports of the nodes' APIs; callers are spread over them */
    MixedLoad(List<Integer> ports) {
        this.ports = List.copyOf(ports);
        Api api = new Api(ports.getFirst());
        for (int n = 0; n < CHANNELS; n++) {
            api.put(channel(n), "{}");
        }
    }

    /** Calls for so many seconds, and returns when every caller has ended. */
    void run(long seconds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int n = 0; n < CALLERS; n++) {
                int caller = n;
                callers.execute(() -> call(caller, end));
            }
        }
    }

    private void call(int caller, long end) {
        int port = ports.get(caller % ports.size());
        try (HttpCaller http = new HttpCaller(port)) {
            for (int n = caller; System.nanoTime() < end; n++) {
                operate(http, port, caller, n);
                operations.increment();
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        } catch (IOException | IllegalStateException e) {
            failures.increment();
            firstFailure.compareAndSet("", String.valueOf(e.getMessage()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void operate(HttpCaller http, int port, int caller, int n) throws IOException {
        String channel = channel(n % CHANNELS);
        switch (n % KINDS) {
            case 0 -> submit(http, channel, NOOP);
            case 1 -> submit(http, channel, "{\"process\":{\"command\":[\"echo\",\"hello\"]}}");
            case 2 -> submit(http, channel, "{\"process\":{\"command\":[\"sh\",\"-c\",\"exit 3\"]}}");
            case 3 -> {
                http.post(channel + "/jobs:batchCreate", BatchSubmitBenchmark.noops(BATCH));
                jobs.add(BATCH);
            }
            case 4 -> http.post(channel + "/jobs/" + submit(http, channel, SLEEP) + ":cancel", "");
            case 5 ->
                http.delete(channel + "/threads/"
                        + http.post(channel + "/threads", SLEEPING_THREAD).text("id"));
            case 6 -> takeAndGiveBack(http, channel + "/locks/contended-" + n % LOCKS, "caller-" + caller);
            case 7 -> http.get(channel + "/logs?limit=100");
            case 8 -> submit(http, channel, NOOP_WITH_BUFFER);
            case 9 -> useBuffer(http, channel);
            case 10 -> http.post(channel + "/resources", SHORT_LIVED_BUFFER);
            case 11 -> leaveStream(port, channel);
            default -> http.get(channel + "/resources:metrics");
        }
    }

    private String submit(HttpCaller http, String channel, String spec) throws IOException {
        String id = http.post(channel + "/jobs", spec).text("id");
        jobs.increment();
        return id;
    }

    private static void takeAndGiveBack(HttpCaller http, String lock, String owner) throws IOException {
        HttpCaller.Reply reply =
                http.post(lock + ":acquire", "{\"owner\":\"" + owner + "\",\"timeout\":\"20ms\",\"ttl\":\"5s\"}");
        if (reply.body().contains("\"acquired\":true")) {
            http.post(lock + ":release", "{\"lease\":\"" + reply.text("lease") + "\"}");
        }
    }

    private static void useBuffer(HttpCaller http, String channel) throws IOException {
        String buffer = ResourcesBenchmark.allocate(http, channel, BUFFER);
        http.put(buffer + "/content", CONTENT);
        http.get(buffer + "/content");
        http.delete(buffer);
    }

    /** Opens a stream of output, reads its beginning, and goes away. */
    private static void leaveStream(int port, String channel) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream()
                    .write(("GET " + channel + "/logs?follow=true HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                    + "Accept: text/event-stream\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            if (in.read() < 0) {
                throw new IOException("a stream ended before it began");
            }
        }
    }

    private static String channel(int n) {
        return "/v1/channels/soak-" + n;
    }

    /** Paths of the channels it uses. */
    static List<String> channels() {
        return IntStream.range(0, CHANNELS).mapToObj(MixedLoad::channel).toList();
    }

    long operations() {
        return operations.sum();
    }

    /** Jobs that were accepted. */
    long jobs() {
        return jobs.sum();
    }

    /** Callers that met an answer they did not expect, and ended. */
    long failures() {
        return failures.sum();
    }

    /** Empty if there was none. */
    String firstFailure() {
        return Objects.requireNonNull(firstFailure.get());
    }
}
