package io.millrace.channel.handler.builtin;

import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.handler.JobHandler;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/** Waits: {@code {"duration":"250ms"}}. Ends at once when it is cancelled. */
public final class SleepHandler implements JobHandler {
    private static final String EXPECTED = "{\"duration\":\"250ms\"}";
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    @Override
    public String name() {
        return "sleep";
    }

    @Override
    public String description() {
        return "Waits, for example " + EXPECTED + "; units are ms, s, m and h.";
    }

    @Override
    public Object run(JobContext context) throws InterruptedException {
        var duration = duration(context);
        long startedAt = System.nanoTime();
        var _ = context.awaitCancellation(duration);
        return Map.of("sleptMillis", (System.nanoTime() - startedAt) / 1_000_000);
    }

    private Duration duration(JobContext context) {
        var text = Input.field(context, "duration");
        var match = DURATION.matcher(String.valueOf(text));
        if (!match.matches()) {
            throw Input.invalid(name(), "duration", EXPECTED);
        }
        long amount = Long.parseLong(match.group(1));
        return switch (match.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
    }
}
