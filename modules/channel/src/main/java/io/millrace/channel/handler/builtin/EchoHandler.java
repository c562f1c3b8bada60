package io.millrace.channel.handler.builtin;

import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.handler.JobHandler;
import org.jspecify.annotations.Nullable;

/** Returns its input. */
public final class EchoHandler implements JobHandler {
    @Override
    public String name() {
        return "echo";
    }

    @Override
    public String description() {
        return "Returns its input.";
    }

    @Override
    public @Nullable Object run(JobContext context) {
        return context.input();
    }
}
