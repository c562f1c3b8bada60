package io.millrace.benchmarks;

import java.io.IOException;

/**
 * Commands of the operating system: what their host costs, how fast jobs that are commands are, how soon a service is heard
 * of, what two hundred of them take at once, and the load that a node has to bear.
 */
final class ProcessBenchmark implements Bench.Measurement {
    @Override
    public void run(Bench.Setting setting, Report report) throws IOException, InterruptedException {
        // The first, so that nothing has run before: it is about an idle host.
        ProcessHostCost.measureIdle(setting.node(), report);
        EchoRate.measure(setting, report);
        ServiceStart.measure(setting, report);
        ManyProcesses.measure(setting, report);
        ProcessLoad.measure(setting, report);
        RequestLoad.measure(setting, report);
        // The last, because it ends the host.
        ProcessHostCost.measureStart(setting.node(), report);
    }
}
