package io.millrace.channel.handler.builtin;

import io.millrace.contracts.handler.JobContext;
import io.millrace.contracts.handler.JobHandler;
import org.jspecify.annotations.Nullable;

/** Does nothing: what a job costs by itself. */
public final class NoopHandler implements JobHandler {
    @Override
    public String name() {
        return "noop";
    }

    @Override
    public String description() {
        return "Does nothing.";
    }

    @Override
    public @Nullable Object run(JobContext context) {
        return null;
    }
}
