package io.millrace.domain.channel.simulation;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.JobPolicy;
import io.millrace.domain.channel.SubmittedJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Users of the channel: ask for things at random and send again until they have an answer. */
final class Client {
    private static final byte[] SPEC = new byte[0];
    private static final int JOBS_MAX = 60;

    private final Simulation simulation;
    private final SeededRandom random;
    private final List<JobId> known = new ArrayList<>();
    private long idsGiven;
    private int keysGiven;
    private int unanswered;
    private boolean isResuming;

    Client(Simulation simulation) {
        this.simulation = simulation;
        this.random = simulation.random();
    }

    /** One thing somebody wants, sent as often as it takes. */
    private final class Request {
        private final String what;
        private final @Nullable String key;
        private final Function<Consumer<Answer>, Call> call;
        private boolean isSettled;

        private Request(String what, @Nullable String key, Function<Consumer<Answer>, Call> call) {
            this.what = what;
            this.key = key;
            this.call = call;
            unanswered++;
        }

        private void send() {
            if (isSettled) {
                return;
            }
            Node addressee = simulation.hasFaults() && random.oneIn(5) ? simulation.anyNode() : simulation.home();
            simulation.network().deliver(addressee, () -> {
                ChannelOwner owner = addressee.owner();
                if (owner != null) {
                    owner.receive(call.apply(answer -> simulation.network().answer(() -> onAnswer(answer))));
                }
            });
            simulation.loop().after(random.between(1_000, 4_000), this::sendAgain);
        }

        private void sendAgain() {
            if (!isSettled && key == null && random.oneIn(2)) {
                settle(); // Without a key nobody dares to send it for ever.
            }
            send();
        }

        private void onAnswer(Answer answer) {
            simulation.trace().add(() -> "client hears of " + what + ": " + Brief.answer(answer));
            simulation.sightings().add("Answer " + answer.getClass().getSimpleName());
            switch (answer) {
                case Answer.Done done -> simulation.safety().acknowledged(done.events());
                case Answer.SameJobs same
                when key != null -> simulation.safety().acknowledged(key, same.jobs());
                case Answer.SameJobs _ -> throw new BrokenPromise("jobs were found for a request without a key");
                case Answer.Refused refused -> onRefused(refused);
                case Answer.Unknown _ -> {
                    return;
                }
            }
            settle();
        }

        private void onRefused(Answer.Refused refused) {
            BrokenPromise.unless(
                    refused.problem().code() != ErrorCode.INTERNAL, () -> "refused by a defect: " + refused.problem());
        }

        private void settle() {
            unanswered -= isSettled ? 0 : 1;
            isSettled = true;
        }
    }

    /** Asks for something at random. */
    void askForSomething() {
        switch (random.between(0, 29)) {
            case 0 -> command(new ChannelCommand.Pause());
            case 1 -> command(new ChannelCommand.Drain());
            case 2, 3, 4 -> command(new ChannelCommand.Resume());
            case 5 -> command(new ChannelCommand.Purge());
            case 6, 7 -> putChannel();
            case 8 -> deleteOrResume();
            case 9, 10, 11, 12 -> cancelSomeJob();
            case 13, 14, 15 -> retrySomeJob();
            default -> submit();
        }
    }

    /** A deleted channel is soon created anew, while messages about the one that is gone are still on their way. */
    private void deleteOrResume() {
        if (random.oneIn(3)) {
            command(new ChannelCommand.Delete());
            simulation.loop().after(random.between(100, 1_500), this::putChannel);
        } else {
            command(new ChannelCommand.Resume());
        }
    }

    /** Creates the channel or gives it other limits. */
    void putChannel() {
        ChannelSpec d = ChannelSpec.DEFAULT;
        command(new ChannelCommand.Put(new ChannelSpec(
                new ChannelSpec.Threads(random.between(1, 4), List.of()),
                d.resources(),
                random.between(8, 40),
                d.jobKinds(),
                d.jobTimeout(),
                d.retention(),
                d.env(),
                d.labels())));
    }

    /** Keeps a paused channel from waiting for ever. */
    void resumeIfPaused() {
        if (simulation.safety().isPaused() && !isResuming) {
            isResuming = true;
            command(new ChannelCommand.Resume());
            simulation.loop().after(10_000, () -> isResuming = false);
        }
    }

    boolean hasEveryAnswer() {
        return unanswered == 0;
    }

    private void command(ChannelCommand command) {
        new Request(Brief.command(command), null, reply -> new Call.Decide(command, reply)).send();
    }

    private void submit() {
        if (idsGiven > JOBS_MAX) {
            return;
        }
        String key = random.oneIn(5) ? null : "key-" + ++keysGiven;
        List<SubmittedJob> jobs = new ArrayList<>();
        for (int i = random.oneIn(4) ? 4 : 1; i > 0; i--) {
            jobs.add(randomJob());
        }
        // The ids are made where the request arrives, so each copy of it has its own.
        new Request(
                        "submit " + key,
                        key,
                        reply -> new Call.Decide(
                                new ChannelCommand.Submit(withNewIds(jobs), key, key == null ? null : "body"), reply))
                .send();
    }

    private List<SubmittedJob> withNewIds(List<SubmittedJob> jobs) {
        return jobs.stream().map(this::withNewId).toList();
    }

    private SubmittedJob withNewId(SubmittedJob job) {
        JobId id = new JobId(0, ++idsGiven);
        known.add(id);
        return new SubmittedJob(
                id,
                job.kind(),
                job.name(),
                job.priority(),
                job.notBeforeMillis(),
                job.policy(),
                job.labels(),
                job.spec());
    }

    private SubmittedJob randomJob() {
        boolean isLater = random.oneIn(5);
        long notBefore = isLater ? simulation.home().clockMillis() + random.between(100, 20_000) : 0;
        JobPolicy policy = new JobPolicy(
                0,
                random.oneIn(5) ? random.between(200, 10_000) : 0,
                random.between(1, 4),
                random.between(10, 1_000),
                2.0,
                5_000,
                0.2,
                List.of(2),
                random.oneIn(3) ? Delivery.AT_MOST_ONCE : Delivery.AT_LEAST_ONCE,
                random.oneIn(4));
        return new SubmittedJob(
                new JobId(0, 0),
                random.oneIn(3) ? JobKind.PROCESS : JobKind.HANDLER,
                "",
                random.oneOf(List.of(Priority.values())),
                notBefore,
                policy,
                Map.of(),
                SPEC);
    }

    private void cancelSomeJob() {
        if (!known.isEmpty()) {
            command(new ChannelCommand.Cancel(random.oneOf(known)));
        }
    }

    private void retrySomeJob() {
        if (!known.isEmpty()) {
            JobId job = random.oneOf(known);
            new Request("retry " + Brief.job(job), null, reply -> new Call.RetryOf(job, reply)).send();
        }
    }
}
