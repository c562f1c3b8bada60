package io.millrace.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Processor time, in milliseconds, that everything with a part in jobs that are commands has used. What else the machine does
 * hardly changes it, unlike the rate of such jobs.
 *
 * @param commands what the process host has started and seen the end of, from the call that made it
 * @param database all its processes together
 */
record EchoProcessors(double node, double host, double commands, double database) {
    private static final double MILLIS_PER_TICK = 1_000.0 / OsProcess.TICKS_PER_SECOND;

    /** Used so far. */
    static EchoProcessors now(NodeUnderTest node, Path data) throws IOException {
        OsProcess host = node.processHost();
        double database = 0;
        for (OsProcess process : database(data)) {
            database += process.processorTicks();
        }
        return new EchoProcessors(
                new OsProcess(node.pid()).processorTicks() * MILLIS_PER_TICK,
                host.processorTicks() * MILLIS_PER_TICK,
                host.childrenTicks() * MILLIS_PER_TICK,
                database * MILLIS_PER_TICK);
    }

    /** Used since an earlier moment, for each of so many jobs. */
    EchoProcessors perJobSince(EchoProcessors before, int jobs) {
        return new EchoProcessors(
                (node - before.node) / jobs,
                (host - before.host) / jobs,
                (commands - before.commands) / jobs,
                (database - before.database) / jobs);
    }

    double total() {
        return node + host + commands + database;
    }

    /** The server of the embedded database and those it has started for its connections, which it keeps. */
    private static List<OsProcess> database(Path data) throws IOException {
        long server = Long.parseLong(Files.readAllLines(data.resolve("postgres/data/postmaster.pid"))
                .getFirst()
                .strip());
        try (Stream<ProcessHandle> children =
                ProcessHandle.of(server).orElseThrow().children()) {
            return Stream.concat(Stream.of(server), children.map(ProcessHandle::pid))
                    .map(OsProcess::new)
                    .toList();
        }
    }

    /** Used by this process, and by those of its children that it has seen the end of. */
    static double ownMillis() {
        try {
            OsProcess self = new OsProcess(ProcessHandle.current().pid());
            return (self.processorTicks() + self.childrenTicks()) * MILLIS_PER_TICK;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
