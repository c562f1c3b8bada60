package io.millrace.channel.handler.builtin;

import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.handler.JobHandler;
import java.util.Map;

/**
 * Fails, to try out retries: {@code {"message":"no luck","attempts":2}} fails the first two attempts and then succeeds;
 * without {@code attempts} it fails always.
 */
public final class FailHandler implements JobHandler {
    @Override
    public String name() {
        return "fail";
    }

    @Override
    public String description() {
        return "Fails: {\"message\":\"no luck\",\"attempts\":2} fails twice, then succeeds; without attempts it fails always.";
    }

    @Override
    public Object run(JobContext context) {
        if (Input.field(context, "attempts") instanceof Number attempts && context.attempt() > attempts.longValue()) {
            return Map.of("attempt", context.attempt());
        }
        throw new IllegalStateException(
                Input.field(context, "message") instanceof String message ? message : "This handler always fails.");
    }
}
