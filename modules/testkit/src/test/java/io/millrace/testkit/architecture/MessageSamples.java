package io.millrace.testkit.architecture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Messages as they should and should not be, for the scan that judges messages. Nobody sends them. */
final class MessageSamples {
    private MessageSamples() {}

    sealed interface Request {}

    record Shared(List<String> names, ActorRef<Reply> replyTo) implements Request {}

    record SharedBehindALong(long number, Map<String, Long> counts) implements Request {}

    record SharedInside(List<Carried> items) implements Request {
        SharedInside {
            items = List.copyOf(items);
        }
    }

    record Carried(ArrayList<String> names) {}

    record Copied(long number, Map<String, Long> counts) implements Request {
        Copied {
            counts = Map.copyOf(counts);
        }
    }

    record Replaced(Map<String, Long> counts) implements Request {
        Replaced {
            Map<String, Long> own = new TreeMap<>();
            counts.forEach(own::put);
            counts = Collections.unmodifiableMap(own);
        }
    }

    record OnlyWrapped(Map<String, Long> counts) implements Request {
        OnlyWrapped {
            counts = Collections.unmodifiableMap(counts);
        }
    }

    record CopiedTooLate(List<String> names) implements Request {
        List<String> safeNames() {
            return List.copyOf(names);
        }
    }

    record Reply(String text) {}

    record NeverSent(List<String> names) {}

    static final class Maker {
        private Maker() {}

        static Behavior<Request> create(long number, List<String> shared, List<String> copied) {
            List<String> own = List.copyOf(copied);
            return Behaviors.receiveMessage(
                    _ -> number > own.size() + shared.size() ? Behaviors.stopped() : Behaviors.same());
        }
    }

    record Address(ActorRef<Request> actor) {}
}
