package io.millrace.benchmarks;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Actors of this process with the settings of a node and without a node around them. */
final class LocalActors implements AutoCloseable {
    /** Longest wait for an answer. What waits for it is kept that long, even if the answer came. */
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final ActorSystem<Void> system;

    private LocalActors(ActorSystem<Void> system) {
        this.system = system;
    }

    static LocalActors start() {
        Config config = ConfigFactory.parseString("pekko.actor.provider = local\npekko.loglevel = ERROR")
                .withFallback(ConfigFactory.parseResources("millrace-pekko.conf"))
                .withFallback(ConfigFactory.load())
                .resolve();
        return new LocalActors(ActorSystem.create(Behaviors.empty(), "bench", config));
    }

    <M> ActorRef<M> spawn(Behavior<M> behavior, String name) {
        return system.systemActorOf(behavior, name, Props.empty());
    }

    /** Waits for the answer; any thread may ask. */
    <M, R> R ask(ActorRef<M> actor, Function<ActorRef<R>, M> request) throws InterruptedException {
        CompletionStage<R> reply = AskPattern.ask(actor, request::apply, TIMEOUT, system.scheduler());
        try {
            return reply.toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("an actor did not answer", e);
        }
    }

    @Override
    public void close() {
        system.terminate();
    }
}
