package io.millrace.node.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A first look at Millrace on real work: counts the words of every module's sources, one process job per module, in
 * parallel, and adds the results up in a handler job. Everything goes over HTTP.
 */
public final class Quickstart {
    private static final String CHANNEL = "/v1/channels/quickstart";
    private static final int API_PORT = 8080;
    private static final int MANAGEMENT_PORT = 7626;
    private static final int REMOTE_PORT = 25520;

    private final Path sources;
    private final HttpCalls api;
    private final String base;

    private Quickstart(Path sources, String base) {
        this.sources = sources;
        this.base = base;
        this.api = new HttpCalls(base);
    }

    /** The first argument is the project's root; {@code --keep} leaves the node running. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path root = Path.of(arguments[0]);
        boolean isKept = Arrays.asList(arguments).contains("--keep");
        StartedNode node = StartedNode.start(root, ports()).orElse(null);
        if (node == null) {
            System.err.println("The quickstart ends here: its node did not start, for the reason above.");
            System.exit(1);
            return;
        }
        boolean isDone = false;
        try (ReadableSources sources = ReadableSources.of(root.resolve("modules"))) {
            new Quickstart(sources.directory(), node.api()).run();
            whereToLook(node);
            isDone = true;
        } catch (IOException e) {
            System.err.println(
                    "The quickstart failed: " + e.getMessage() + ". The node's log is in " + node.log() + ".");
        } finally {
            finish(node, isKept && isDone);
        }
        System.exit(isDone ? 0 : 1);
    }

    private void run() throws IOException, InterruptedException {
        System.out.println();
        System.out.println("1. A channel named quickstart: PUT " + base + CHANNEL);
        api.put(CHANNEL, Map.of("spec", Map.of("labels", Map.of("purpose", "quickstart"))));
        List<Path> modules = modules();
        System.out.println("2. One process job per module, " + modules.size() + " in one durable batch: POST " + base
                + CHANNEL + "/jobs:batchCreate");
        List<String> jobs = submitCounts(modules);
        System.out.println("3. Their output, as it is produced: GET " + base + CHANNEL + "/jobs/{id}/logs?follow=true");
        List<Long> counts = follow(jobs);
        System.out.println("4. A handler job adds the results up: POST " + base + CHANNEL + "/jobs, Prefer: wait");
        JsonNode total = add(counts);
        System.out.println();
        printEnds(jobs, total);
        System.out.println();
        System.out.println("   " + total.at("/result/sum").asText() + " words in " + modules.size() + " modules");
    }

    private List<Path> modules() throws IOException {
        try (Stream<Path> children = Files.list(sources)) {
            return children.filter(child -> Files.isDirectory(child.resolve("src")))
                    .sorted()
                    .toList();
        }
    }

    private List<String> submitCounts(List<Path> modules) throws IOException, InterruptedException {
        List<Map<String, Object>> specs = new ArrayList<>();
        for (Path module : modules) {
            String name = module.getFileName().toString();
            String script = "echo \"" + name + ": $(find src -name '*.java' -type f | wc -l) files\"; "
                    + "echo \"words: $(find src -name '*.java' -type f -exec cat {} + | wc -w)\"";
            specs.add(Map.of(
                    "name",
                    "count " + name,
                    "process",
                    Map.of("command", List.of("sh", "-c", script), "workingDirectory", module.toString())));
        }
        JsonNode accepted = api.post(CHANNEL + "/jobs:batchCreate", Map.of("jobs", specs));
        List<String> ids = new ArrayList<>();
        accepted.path("items").forEach(item -> ids.add(item.path("id").asText()));
        return ids;
    }

    private List<Long> follow(List<String> jobs) throws IOException, InterruptedException {
        List<Long> counts = new ArrayList<>();
        for (String job : jobs) {
            try (Stream<String> lines = api.lines(CHANNEL + "/jobs/" + job + "/logs?follow=true", "text/plain")) {
                lines.forEach(line -> {
                    System.out.println("   | " + line);
                    if (line.startsWith("words: ")) {
                        counts.add(Long.parseLong(
                                line.substring("words: ".length()).trim()));
                    }
                });
            }
        }
        return counts;
    }

    private JsonNode add(List<Long> counts) throws IOException, InterruptedException {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("name", "add up");
        spec.put("handler", Map.of("name", "sum", "input", Map.of("numbers", counts)));
        JsonNode job = api.post(CHANNEL + "/jobs", spec);
        return api.post(CHANNEL + "/jobs/" + job.path("id").asText() + ":wait?timeout=30s", Map.of());
    }

    private void printEnds(List<String> jobs, JsonNode last) throws IOException, InterruptedException {
        System.out.printf("   %-18s %-10s %9s %10s%n", "job", "state", "exit code", "duration");
        for (String job : jobs) {
            printEnd(api.get(CHANNEL + "/jobs/" + job));
        }
        printEnd(last);
    }

    private static void printEnd(JsonNode job) throws IOException {
        if (!job.path("state").asText().equals("SUCCEEDED")) {
            throw new IOException("job " + job.path("id").asText() + " ended as "
                    + job.path("state").asText() + ": "
                    + job.at("/error/detail").asText());
        }
        Duration duration = Duration.between(
                Instant.parse(job.path("startedAt").asText()),
                Instant.parse(job.path("endedAt").asText()));
        String exitCode = job.path("exitCode").isNumber() ? job.path("exitCode").asText() : "-";
        System.out.printf(
                "   %-18s %-10s %9s %7d ms%n",
                job.path("name").asText(), job.path("state").asText(), exitCode, duration.toMillis());
    }

    private static void whereToLook(StartedNode node) {
        System.out.println();
        System.out.println("Where to look:");
        System.out.println("   the API            " + node.api() + "/openapi.json");
        System.out.println("   jobs of a channel  " + node.api() + CHANNEL + "/jobs");
        System.out.println("   what runs where    " + node.management() + "/management/node");
        System.out.println("   metrics            " + node.management() + "/metrics");
    }

    private static void finish(StartedNode node, boolean isKept) throws InterruptedException {
        System.out.println();
        if (isKept) {
            System.out.println("The node keeps running. Stop it with: kill " + node.pid());
            return;
        }
        System.out.println(node.stop() == 0 ? "The node stopped cleanly." : "The node did not stop cleanly.");
    }

    /** The usual ports, or free ones where they are taken. */
    private static List<String> ports() {
        return List.of(
                "--http-port", usualOrFree(API_PORT),
                "--management-port", usualOrFree(MANAGEMENT_PORT),
                "--remote-port", usualOrFree(REMOTE_PORT));
    }

    private static String usualOrFree(int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress("127.0.0.1", port));
            return Integer.toString(port);
        } catch (IOException e) {
            return "0";
        }
    }
}
