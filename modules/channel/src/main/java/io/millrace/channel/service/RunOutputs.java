package io.millrace.channel.service;

import io.millrace.channel.AttemptId;
import io.millrace.channel.log.ControlSequences;
import io.millrace.channel.log.LineSink;
import io.millrace.channel.log.OutputPump;
import io.millrace.channel.log.OutputTimer;
import io.millrace.channel.process.ProcessOutput;
import io.millrace.channel.process.SystemOutputBuffer;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.Readiness;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/** Makes the way that the output of a run takes: past whoever listens, into the log of its channel. */
final class RunOutputs {
    private final ServiceManager.Seed seed;
    private final ServiceAccounts accounts;
    private final OutputTimer timer;
    private final ActorRef<ServiceManager.Command> self;

    RunOutputs(ActorContext<ServiceManager.Command> context, ServiceManager.Seed seed, ServiceAccounts accounts) {
        this.seed = seed;
        this.accounts = accounts;
        this.timer = OutputTimer.of(context.getSystem());
        this.self = context.getSelf();
    }

    /** The output of a run that starts now: who listens by now hears all of it. */
    ProcessOutput of(AttemptId run, ProcessSpec spec) {
        long askedAtNanos = seed.clock().get().nanos();
        var pump = OutputPump.endless(
                run,
                spec.name(),
                seed.siblings().logs(),
                timer,
                seed.services().instruments(),
                spec.stripsAnsi() ? ControlSequences.STRIPPED : ControlSequences.KEPT,
                log -> stages(run, spec, askedAtNanos, log));
        return new ProcessOutput(pump, new SystemOutputBuffer());
    }

    private LineSink stages(AttemptId run, ProcessSpec spec, long askedAtNanos, LineSink log) {
        return new LineTap(
                run.job(),
                accounts.listeners.current(),
                watch(run, spec),
                () -> accounts.measures.firstLine(seed.clock().get().nanos() - askedAtNanos),
                log);
    }

    private @Nullable LineWatch watch(AttemptId run, ProcessSpec spec) {
        Readiness.Log line = spec.ready() == null ? null : spec.ready().line();
        return line == null
                ? null
                : LineWatch.of(line.pattern(), () -> self.tell(new ServiceManager.ReadyLineFound(run)));
    }
}
