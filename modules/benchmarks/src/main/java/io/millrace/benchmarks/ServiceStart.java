package io.millrace.benchmarks;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * From asking for a service over HTTP to reading its first line over HTTP, and the time to stop and remove it again; beside
 * a program that starts the same command itself and reads the first byte. The lines are read from one stream that is open
 * all the time, as a person's would be.
 *
 * <p>A line waits for others to travel with, for {@link io.millrace.domain.Limits#LOG_BLOCK_DELAY_MAX} at most, and the
 * first line of a service that prints no other waits for all of that time.
 */
final class ServiceStart {
    private static final String CHANNEL = "/v1/channels/service-start";
    private static final int STARTS_PER_SECOND_OF_SETTING = 50;
    private static final int WARM_UP = 50;

    private final Histogram answered = Latencies.empty();
    private final Histogram removed = Latencies.empty();

    private ServiceStart() {}

    static void measure(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        setting.node().api().put(CHANNEL, "{}");
        new ServiceStart().run(setting, report);
        setting.node().api().delete(CHANNEL);
    }

    private void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        int starts = setting.seconds() * STARTS_PER_SECOND_OF_SETTING;
        int port = setting.node().apiPort();
        try (HttpCaller caller = new HttpCaller(port);
                FollowedOutput output = new FollowedOutput(port)) {
            Histogram seen = Latencies.measure(
                    WARM_UP, starts, n -> start(n, caller, output), service -> remove(service, caller));
            show(report, "service start to its first line, HTTP", seen);
        }
        show(report, "service start to the answer, HTTP", answered);
        show(report, "service stop and removal, HTTP", removed);
        show(
                report,
                "bare start to the first byte",
                Latencies.measure(WARM_UP, starts, ServiceStart::startBare, ServiceStart::endBare));
    }

    private static void show(Report report, String name, Histogram latency) {
        report.baseline(name + ", p50", "ms", Latencies.milliseconds(latency, 50), Latencies.detail(latency));
        report.baseline(name + ", p95", "ms", Latencies.milliseconds(latency, 95), "");
        report.baseline(name + ", p99", "ms", Latencies.milliseconds(latency, 99), "");
    }

    /** @return path of the service, which runs */
    private String start(int n, HttpCaller caller, FollowedOutput output) throws IOException {
        String line = "up-" + n;
        long asked = System.nanoTime();
        HttpCaller.Reply started = caller.post(
                CHANNEL + "/processes",
                "{\"name\":\"service-" + n + "\",\"command\":[\"sh\",\"-c\",\"" + program(line) + "\"]}");
        if (n >= WARM_UP) {
            answered.recordValue(System.nanoTime() - asked);
        }
        output.await(line);
        return CHANNEL + "/processes/" + started.text("id");
    }

    private void remove(String service, HttpCaller caller) throws IOException {
        long asked = System.nanoTime();
        caller.delete(service);
        removed.recordValue(System.nanoTime() - asked);
    }

    private static Process startBare(int n) throws IOException {
        Process process = new ProcessBuilder("sh", "-c", program("up-" + n)).start();
        if (process.getInputStream().read() < 0) {
            throw new EOFException("A command that prints printed nothing.");
        }
        return process;
    }

    private static void endBare(Process process) throws InterruptedException {
        process.destroy();
        process.waitFor();
    }

    private static String program(String line) {
        return "echo " + line + "; exec sleep 600";
    }

    /** The output of all processes of the channel as bare lines, from now on. */
    private static final class FollowedOutput implements AutoCloseable {
        private static final Duration LINE_MAX = Duration.ofSeconds(30);

        private final Socket socket;
        private final BufferedReader lines;

        FollowedOutput(int port) throws IOException {
            socket = new Socket("127.0.0.1", port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) LINE_MAX.toMillis());
            socket.getOutputStream()
                    .write(("GET " + CHANNEL + "/logs?follow=true HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                    + "Accept: text/plain\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        /** Skips what else is on the connection: headers, lengths of chunks, and lines of others. */
        void await(String line) throws IOException {
            String next = lines.readLine();
            while (!line.equals(next)) {
                if (next == null) {
                    throw new EOFException("The stream of output ended before the line " + line + ".");
                }
                next = lines.readLine();
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
