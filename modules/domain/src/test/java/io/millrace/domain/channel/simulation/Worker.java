package io.millrace.domain.channel.simulation;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelCommand;
import org.jspecify.annotations.Nullable;

/**
 * Runs one attempt for a while, then tells the channel how it ended, again and again until it is heard. A process is run by
 * the host, and the worker hears of its end.
 */
final class Worker {
    private static final long RESEND_MILLIS = 700;

    private final JobId job;
    private final long epoch;
    private final boolean isProcess;
    private final long leaseEndMillis;
    private final Node node;
    private final Simulation simulation;
    private @Nullable AttemptOutcome outcome;

    /** @param leaseEndMillis of a process when it starts */
    Worker(JobId job, long epoch, boolean isProcess, long leaseEndMillis, Node node, Simulation simulation) {
        this.job = job;
        this.epoch = epoch;
        this.isProcess = isProcess;
        this.leaseEndMillis = leaseEndMillis;
        this.node = node;
        this.simulation = simulation;
    }

    long epoch() {
        return epoch;
    }

    void start() {
        SeededRandom random = simulation.random();
        ChannelOwner asking = node.owner();
        long duration = random.oneIn(isProcess ? 3 : 8) ? random.between(1_000, 8_000) : random.between(0, 400);
        if (isProcess) {
            node.after(random.between(0, 60), () -> startProcess(asking, duration));
        } else {
            node.after(duration, () -> end(randomOutcome()));
        }
        if (random.oneIn(6)) {
            node.after(random.between(0, 300), this::publish);
        }
        if (random.oneIn(6)) {
            node.after(random.between(0, 1_500), this::noteResources);
        }
    }

    /** Takes over what an earlier life of its node, or of the channel there, has started. */
    void adopt() {
        node.after(simulation.random().between(0, 60), () -> {
            if (outcome == null && node.isAtWork(this)) {
                simulation
                        .processes()
                        .adopt(
                                node,
                                epoch,
                                () -> node.after(1, () -> end(randomOutcome())),
                                () -> end(failed(AttemptOutcome.Kind.INTERRUPTED, null)));
            }
        });
    }

    /**
     * An owner that lets go abandons what is about to start. What was killed at its lease ends like any other here: the host
     * tells why, and what that means is not the point.
     */
    private void startProcess(@Nullable ChannelOwner asking, long durationMillis) {
        boolean isWanted = asking != null && !asking.isGone() && outcome == null;
        if (isWanted && node.isAtWork(this)) {
            simulation
                    .processes()
                    .start(
                            node,
                            job,
                            epoch,
                            leaseEndMillis,
                            durationMillis,
                            () -> node.after(1, () -> end(randomOutcome())));
        }
    }

    private void publish() {
        ChannelOwner owner = node.owner();
        if (owner != null) {
            owner.receive(new Call.Decide(new ChannelCommand.Publish(job, "simulated.step", "{}"), _ -> {}));
        }
    }

    /** Also of an attempt that has ended meanwhile: the resource manager may be the last to hear. */
    private void noteResources() {
        ChannelOwner owner = node.owner();
        if (owner != null) {
            owner.noteResources(job, epoch);
        }
    }

    /** Ends the attempt soon, unless it has ended. */
    void cancel() {
        node.after(simulation.random().between(1, 200), () -> {
            simulation.processes().kill(epoch);
            end(AttemptOutcome.cancelled(143, null));
        });
    }

    private void end(AttemptOutcome ended) {
        if (outcome == null && node.isAtWork(this)) {
            outcome = ended;
            tell(ended);
        }
    }

    private void tell(AttemptOutcome told) {
        if (!node.isAtWork(this)) {
            return;
        }
        Node addressee = node.owner() == null ? simulation.home() : node;
        simulation.network().deliver(addressee, () -> {
            ChannelOwner owner = addressee.owner();
            if (owner != null) {
                owner.receive(new Call.Decide(new ChannelCommand.EndAttempt(job, epoch, told), this::onAnswer));
            }
        });
        node.after(RESEND_MILLIS, () -> tell(told));
    }

    private void onAnswer(Answer answer) {
        if (answer instanceof Answer.Done) {
            simulation.network().deliver(node, () -> {
                node.forgetWorker(epoch);
                simulation.processes().forget(epoch);
            });
        }
    }

    private AttemptOutcome randomOutcome() {
        return switch (simulation.random().between(0, 9)) {
            case 0, 1 -> failed(AttemptOutcome.Kind.FAILED, 1);
            case 2 -> failed(AttemptOutcome.Kind.FAILED, 2);
            case 3 -> failed(AttemptOutcome.Kind.TIMED_OUT, null);
            case 4 -> failed(AttemptOutcome.Kind.FAILED_FOR_GOOD, null);
            default -> AttemptOutcome.succeeded(0, SafetyRules.resultOf(epoch));
        };
    }

    private static AttemptOutcome failed(AttemptOutcome.Kind kind, @Nullable Integer exitCode) {
        return AttemptOutcome.failed(
                kind, exitCode, null, Problem.of(ErrorCode.INTERNAL, "Worker", "The simulated work did not succeed."));
    }
}
