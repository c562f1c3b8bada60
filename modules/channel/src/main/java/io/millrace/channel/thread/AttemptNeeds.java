package io.millrace.channel.thread;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.OutputBuffer;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.NextStep.Plain;
import io.millrace.channel.thread.SlotAttempt.Phase;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.lock.LockAnswer;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/** Gets an attempt what its job declares, before it runs: all resources at once, then its locks one by one. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class AttemptNeeds {
    private final ActorContext<Worker.Command> context;
    private final Worker.Slot slot;
    private final ActorRef<ResourceManager.Answer> resourceAnswers;

    /** @param resourceAnswers hears what becomes of resources that are asked for */
    AttemptNeeds(
            ActorContext<Worker.Command> context, Worker.Slot slot, ActorRef<ResourceManager.Answer> resourceAnswers) {
        this.context = context;
        this.slot = slot;
        this.resourceAnswers = resourceAnswers;
    }

    NextStep acquire(SlotAttempt run, JobSpec spec) {
        if (!spec.cleanup().isEmpty()) {
            run.holdings.addAll(Set.of(Holding.TASKS, Holding.OUTPUT));
        }
        run.requests = requests(run, spec);
        run.locks = new DeclaredLocks(run.id, spec.locks());
        if (run.requests.isEmpty()) {
            return lock(run);
        }
        run.phase = Phase.ACQUIRING;
        run.holdings.add(Holding.RESOURCES);
        return Plain.ASK;
    }

    /**
     * Notes what an attempt holds whose process runs already. What it declared is charged again as soon as there is room, and
     * its locks it has by what is stored: it waits for neither.
     */
    void takeOver(SlotAttempt run, JobSpec spec) {
        if (!spec.cleanup().isEmpty()) {
            run.holdings.addAll(Set.of(Holding.TASKS, Holding.OUTPUT));
        }
        if (!spec.locks().isEmpty()) {
            run.holdings.add(Holding.LOCKS);
        }
        run.requests = requests(run, spec);
        if (!run.requests.isEmpty()) {
            run.holdings.add(Holding.RESOURCES);
            askForResources(run);
        }
    }

    /** What an attempt declared that had been taken over is charged again. */
    void chargedAgain(SlotAttempt run, ResourceManager.Answer answer) {
        if (answer instanceof ResourceManager.Granted) {
            slot.manager().tell(new ThreadManager.WorkerHolds(slot.number(), run.id, run.requests.size()));
        }
    }

    /** A process counts against the channel's processes, and its output needs a buffer, without being declared. */
    private static List<ResourceRequest> requests(SlotAttempt run, JobSpec spec) {
        if (!(spec.work() instanceof Work.Process)) {
            return spec.resources();
        }
        var requests = new ArrayList<>(spec.resources());
        requests.add(new ResourceRequest(ResourceType.PROCESSES, 1));
        if (run.hasPooledOutput) {
            requests.add(new ResourceRequest(ResourceType.BUFFER, OutputBuffer.BYTES));
        }
        return requests;
    }

    void askForResources(SlotAttempt run) {
        slot.managers().resources().tell(new ResourceManager.Acquire(run.id, run.requests, resourceAnswers));
    }

    NextStep answered(SlotAttempt run, ResourceManager.Answer answer) {
        return switch (answer) {
            case ResourceManager.Granted(var _, var resources, var buffers) -> {
                run.resources = resources;
                run.buffers = buffers;
                slot.manager().tell(new ThreadManager.WorkerHolds(slot.number(), run.id, run.requests.size()));
                tellGoesOn(run);
                yield lock(run);
            }
            case ResourceManager.Waits(var _, var condition) -> {
                if (!run.toldWait) {
                    tellWaits(run, condition);
                }
                yield Plain.WAIT;
            }
            case ResourceManager.Refused(var _, var problem) -> new NextStep.End(Outcomes.failedForGood(problem));
        };
    }

    private void tellWaits(SlotAttempt run, Condition condition) {
        run.toldWait = true;
        slot.environment().reports().tell(new ChannelReport.AttemptWaits(run.id, condition));
    }

    private void tellGoesOn(SlotAttempt run) {
        if (run.toldWait) {
            run.toldWait = false;
            slot.environment().reports().tell(new ChannelReport.AttemptWaits(run.id, null));
        }
    }

    /** Takes the next declared lock; the attempt goes to work once all are held. */
    private static NextStep lock(SlotAttempt run) {
        if (run.locks.areHeld()) {
            return Plain.WORK;
        }
        run.phase = Phase.LOCKING;
        run.holdings.add(Holding.LOCKS);
        return Plain.ASK;
    }

    /** Also asks who has the lock, because its holder may change while the attempt waits in line. */
    void askForLock(SlotAttempt run) {
        int question = run.locks.nextQuestion();
        if (!run.locks.areArranged()) {
            askLocks(run, question, Limits.ASK_TIMEOUT, run.locks::arrangement);
            return;
        }
        askLocks(run, question, run.locks.answerWithin(), run.locks::request);
        if (run.locks.areWaitedFor()) {
            askLocks(run, question, Limits.ASK_TIMEOUT, run.locks::holderRequest);
        }
    }

    private void askLocks(
            SlotAttempt run,
            int question,
            Duration within,
            Function<ActorRef<ManagerReply>, LockManager.Command> request) {
        var id = run.id;
        context.ask(
                ManagerReply.class,
                slot.managers().locks(),
                within,
                request::apply,
                (reply, _) -> new Worker.LockAnswered(id, question, reply));
    }

    /** @param reply absent if there was none in time; it is asked again when its time comes */
    NextStep answered(SlotAttempt run, @Nullable ManagerReply reply) {
        return switch (reply) {
            case LockManager.Arranged(var order) -> {
                run.locks.arrange(order);
                yield Plain.ASK;
            }
            case LockManager.Acquired(LockAnswer.Granted(var lease, var _)) -> {
                run.locks.granted(lease);
                tellGoesOn(run);
                yield lock(run);
            }
            case LockManager.Acquired(LockAnswer.NotGranted notGranted) -> {
                tellWaits(run, run.locks.waitFor(notGranted));
                yield Plain.ASK;
            }
            case LockManager.Shown(var lock) -> {
                run.locks.waitsFor(lock).ifPresent(condition -> tellWaits(run, condition));
                yield Plain.WAIT;
            }
            case ManagerReply.Refused(var problem) -> new NextStep.End(Outcomes.notLocked(problem));
            case null, default -> Plain.WAIT;
        };
    }
}
