package io.millrace.channel;

import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Measures how long each message keeps an actor from the next one. Handlers are short, because whatever waits does so
 * elsewhere; one that is not shows here before anybody feels it.
 */
public final class MessageTimes {
    private MessageTimes() {}

    /** The same behaviour, measured. Messages that Pekko itself sends it, such as answers of a journal, count too. */
    @SuppressWarnings("unchecked") // the interceptor passes every message on as it came
    public static <T> Behavior<T> measured(Behavior<T> behavior, Instruments instruments) {
        Behavior<Object> any = (Behavior<Object>) behavior;
        return (Behavior<T>) Behaviors.intercept(() -> new Stopwatch(instruments), any);
    }

    private static final class Stopwatch extends BehaviorInterceptor<Object, Object> {
        private final Instruments instruments;

        Stopwatch(Instruments instruments) {
            super(Object.class);
            this.instruments = instruments;
        }

        @Override
        public Behavior<Object> aroundReceive(
                TypedActorContext<Object> context, Object message, ReceiveTarget<Object> target) {
            long started = System.nanoTime();
            try {
                return target.apply(context, message);
            } finally {
                instruments.messageHandled(System.nanoTime() - started);
            }
        }
    }
}
