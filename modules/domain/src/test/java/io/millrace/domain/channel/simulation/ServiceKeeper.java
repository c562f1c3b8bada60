package io.millrace.domain.channel.simulation;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.process.Ownership;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessDecision;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRules;
import io.millrace.domain.process.ProcessRun;
import io.millrace.domain.process.RunEnd;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the service manager of an owner does: starts and stops some services, which come up and end at random. */
final class ServiceKeeper {
    private static final int SERVICES = 4;
    private static final Problem HOST_GONE =
            Problem.of(ErrorCode.UNAVAILABLE, "ServiceKeeper", "The simulated process host is gone.");

    private final String node;
    private final Simulation simulation;
    private final ProcessRules rules;

    ServiceKeeper(String node, Simulation simulation) {
        this.node = node;
        this.simulation = simulation;
        this.rules = new ProcessRules(simulation.channelName());
    }

    /** @param mayBegin false if everything is to end */
    Optional<ChannelCommand> next(LiveChannel live, boolean mayBegin, long nowMillis) {
        boolean isEnding = !mayBegin || live.state() == ChannelState.DELETING;
        List<ProcessChange> changes = live.exists() ? changes(live.processes(), isEnding, nowMillis) : List.of();
        return changes.isEmpty()
                ? Optional.empty()
                : Optional.of(new ChannelCommand.ChangeProcesses(live.incarnation(), changes));
    }

    private List<ProcessChange> changes(ProcessBook book, boolean isEnding, long nowMillis) {
        Moment now = new Moment(0, nowMillis);
        if (simulation.random().oneIn(3)) {
            for (ProcessEntry process : book.processes()) {
                ProcessRun run = process.runUnderWay();
                if (run != null && run.node().equals(node)) {
                    return happensTo(process, run, now);
                }
            }
        }
        if (isEnding && book.live() > 0) {
            List<ProcessChange> stopped = rules.stopNext(book);
            return stopped.isEmpty() ? othersAreOver(book, now) : stopped;
        }
        return !isEnding && simulation.random().oneIn(30) ? wish(book) : othersAreOver(book, now);
    }

    private List<ProcessChange> othersAreOver(ProcessBook book, Moment now) {
        return rules.next(book, new Ownership(node, "host of " + node, 0, 0), now);
    }

    private List<ProcessChange> happensTo(ProcessEntry process, ProcessRun run, Moment now) {
        return !run.isUp() && simulation.random().oneIn(2)
                ? rules.up(process, run.number(), 4_711, now.millis())
                : rules.ended(
                        process,
                        run.isUp()
                                ? RunEnd.exited(1, false, now.millis())
                                : RunEnd.interrupted(HOST_GONE, now.millis()),
                        now);
    }

    private List<ProcessChange> wish(ProcessBook book) {
        ProcessEntry process = book.process(name(simulation.random().between(1, SERVICES)));
        ProcessDecision decision = process == null
                ? rules.register(book, newId(), spec(simulation.random().between(1, SERVICES)), null, null)
                : switch (simulation.random().between(0, 3)) {
                    case 0 -> rules.remove(process);
                    case 1 -> rules.restart(process);
                    default -> rules.stop(process);
                };
        return decision instanceof ProcessDecision.Accepted(var changes) ? changes : List.of();
    }

    private JobId newId() {
        return new JobId(1, simulation.random().nextLong());
    }

    private ProcessSpec spec(int number) {
        List<ProcessDependency> dependsOn = number > 1 && simulation.random().oneIn(2)
                ? List.of(new ProcessDependency(name(number - 1), ProcessDependency.Condition.STARTED))
                : List.of();
        RestartPolicy.Mode mode = simulation.random().oneIn(2) ? RestartPolicy.Mode.NEVER : RestartPolicy.Mode.ALWAYS;
        return new ProcessSpec(
                name(number),
                List.of("serve"),
                null,
                null,
                Map.of(),
                new RestartPolicy(mode, Duration.ofSeconds(2), 2, Duration.ofSeconds(30), 0, Duration.ofSeconds(1)),
                null,
                ProcessSpec.START_TIMEOUT_DEFAULT,
                StopPolicy.DEFAULT,
                List.of(),
                dependsOn,
                false,
                false,
                Map.of());
    }

    private static ProcessName name(int number) {
        return new ProcessName("service-" + number);
    }
}
