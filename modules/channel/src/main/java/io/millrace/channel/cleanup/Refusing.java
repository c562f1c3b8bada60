package io.millrace.channel.cleanup;

import io.millrace.channel.ManagerRequest;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Stands for the managers of a channel where nothing more may be taken: every request is refused. */
final class Refusing {
    private Refusing() {}

    static Behavior<LockManager.Command> locks() {
        return every("LockManager");
    }

    static Behavior<CleanupManager.Command> cleanups() {
        return every("CleanupManager");
    }

    static Behavior<ServiceManager.Command> services() {
        return Behaviors.receiveMessage(command -> {
            ServiceManager.refuse(command, problem("ServiceManager"));
            return Behaviors.same();
        });
    }

    private static <C> Behavior<C> every(String component) {
        return Behaviors.receiveMessage(command -> {
            if (command instanceof ManagerRequest request) {
                request.refuse(problem(component));
            }
            return Behaviors.same();
        });
    }

    static Behavior<ResourceManager.Command> resources() {
        return Behaviors.receiveMessage(command -> {
            if (command instanceof ManagerRequest request) {
                request.refuse(problem("ResourceManager"));
            } else if (command instanceof ResourceManager.AllocateBuffer(var _, var _, var replyTo)) {
                replyTo.tell(new ResourceManager.BufferRefused(problem("ResourceManager")));
            }
            return Behaviors.same();
        });
    }

    static MillraceException exception(String component) {
        return problem(component).asException();
    }

    private static Problem problem(String component) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                component,
                "A handler that cleans up takes nothing more: no locks, no resources, no threads, no processes and no"
                        + " cleanup tasks. Let the job that it cleans up behind take them.");
    }
}
