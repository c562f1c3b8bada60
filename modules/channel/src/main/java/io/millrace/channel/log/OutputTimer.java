package io.millrace.channel.log;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorSystem;

/** Runs something a little later, on a thread that must not block. */
@FunctionalInterface
public interface OutputTimer {
    void after(Duration delay, Runnable task);

    /** The scheduler of an actor system. */
    static OutputTimer of(ActorSystem<?> system) {
        return (delay, task) -> system.scheduler().scheduleOnce(delay, task, system.executionContext());
    }
}
