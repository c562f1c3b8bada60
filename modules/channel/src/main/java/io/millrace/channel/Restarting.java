package io.millrace.channel;

import java.util.function.Function;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * How the managers of a channel survive their own defects. A message that makes a manager throw is dropped and the
 * manager is built anew around the same accounts, which its {@code create} made once and hands to every instance: what
 * is held, running or waiting is never forgotten. Whoever sent the lost message sends it again after
 * {@link io.millrace.domain.Limits#MANAGER_ANSWER_MAX}, and no request does anything the second time. Reference
 * addresses stay the same, so siblings notice nothing.
 */
public final class Restarting {
    private Restarting() {}

    /** @param manager builds an instance, at first and after each defect */
    public static <T> Behavior<T> after(Function<ActorContext<T>, Behavior<T>> manager) {
        return Behaviors.supervise(Behaviors.setup(manager::apply))
                .onFailure(SupervisorStrategy.restart().withStopChildren(false));
    }
}
