package io.millrace.channel.process;

import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.system.ExitStatus;
import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.log.OutputPump;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.work.Work;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;

/**
 * A JVM of its own that starts a process tree, prints the ids of its members and its companion's, and waits to be
 * killed.
 */
final class DoomedNode {
    private DoomedNode() {}

    public static void main(String[] arguments) throws Exception {
        var instruments = new Instruments();
        var runner = ProcessRunner.start(
                Path.of(arguments[0]),
                ControlGroups.none("this test has none"),
                Executors.newVirtualThreadPerTaskExecutor(),
                instruments);
        var attempt = new AttemptId(TestJobs.id(1), 1, 1);
        var work = new Work.Process(List.of("sh", "-c", "sleep 300 & sleep 300 & wait"), Map.of(), "", null);
        var output = new OutputPump(
                attempt,
                TestInbox.<io.millrace.channel.log.LogStore.Command>create().getRef(),
                (_, _) -> {},
                instruments);
        runner.start(
                new ProcessRequest(
                        ChannelName.DEFAULT, attempt, attempt, work, Map.of(), List.of(), ProcessLimits.NONE),
                new ProcessOutput(output, new SystemOutputBuffer()),
                new ProcessListener() {
                    @Override
                    public void started(RunningProcess process, List<Condition> conditions) {
                        System.out.println("started " + process.pid() + " " + runner.reaperPid());
                    }

                    @Override
                    public void notStarted(Problem problem) {
                        System.out.println("refused " + problem);
                    }

                    @Override
                    public void ended(ExitStatus status, LimitReport limits) {
                        System.out.println("ended " + status);
                    }
                });
        new CountDownLatch(1).await(5, TimeUnit.MINUTES);
    }
}
