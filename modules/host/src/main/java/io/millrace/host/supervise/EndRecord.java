package io.millrace.host.supervise;

import io.millrace.contracts.job.ResourceType;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener.EndReason;
import io.millrace.host.RunListener.Ended;
import io.millrace.host.RunListener.Started;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.system.ExitStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a run went, as it is written down: lines {@code name=value}, absent values left out. What nobody was told while the
 * host lived, for example which limits were not in force, is not in it.
 */
record EndRecord(RunKey key, Started started, Ended ended) {

    String text() {
        var values = new TreeMap<String, @Nullable Object>();
        values.put("channel", key.channel());
        values.put("id", key.id());
        values.put("number", key.number());
        values.put("epoch", key.epoch());
        values.put("pid", started.pid());
        values.put("startedAtMillis", started.startedAtMillis());
        values.put("exitCode", ended.status().exitCode());
        values.put("signal", ended.status().signal());
        values.put("endedAtMillis", ended.endedAtMillis());
        values.put("reason", ended.reason());
        values.put("limitReached", ended.limits().reached());
        values.put("limit", ended.limits().limit());
        values.put("addressSpaceBytesMax", ended.limits().addressSpaceBytesMax());
        values.put("bytesDropped", ended.bytesDropped());
        values.put("leftovers", ended.leftovers());
        return values.entrySet().stream()
                .filter(value -> value.getValue() != null)
                .map(value -> value.getKey() + "=" + value.getValue() + "\n")
                .collect(Collectors.joining());
    }

    /** @throws IllegalArgumentException if the text is none that was written here */
    static EndRecord parse(String text) {
        var values = new Values(text.lines()
                .map(line -> line.split("=", 2))
                .filter(parts -> parts.length == 2)
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1])));
        return new EndRecord(
                new RunKey(values.text("channel"), values.text("id"), values.integer("number"), values.number("epoch")),
                new Started(values.integer("pid"), values.number("startedAtMillis"), List.of()),
                values.ended());
    }

    private record Values(Map<String, String> values) {
        Ended ended() {
            return new Ended(
                    new ExitStatus(
                            find("exitCode").map(Integer::valueOf).orElse(null),
                            find("signal").orElse(null)),
                    number("endedAtMillis"),
                    find("reason").map(EndReason::valueOf).orElse(null),
                    new LimitReport(
                            find("limitReached").map(ResourceType::valueOf).orElse(null),
                            number("limit"),
                            number("addressSpaceBytesMax")),
                    number("bytesDropped"),
                    integer("leftovers"));
        }

        Optional<String> find(String name) {
            return Optional.ofNullable(values.get(name));
        }

        String text(String name) {
            return find(name).orElseThrow(() -> new IllegalArgumentException("It does not tell the " + name));
        }

        long number(String name) {
            return Long.parseLong(text(name));
        }

        int integer(String name) {
            return Integer.parseInt(text(name));
        }
    }
}
