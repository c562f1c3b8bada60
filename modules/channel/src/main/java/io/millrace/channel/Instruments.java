package io.millrace.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ProcessState;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.incident.IncidentViews;
import io.millrace.host.RunListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The counters of a node. Writing is cheap and never waits; reading gives a value that was true a moment ago. Names
 * follow the conventions of Prometheus: a unit at the end, {@code _total} for what only rises.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class Instruments {
    /** Upper bounds in seconds of the buckets of every time histogram; longer ones count in a last bucket. */
    private static final double[] TIME_BOUNDS_SECONDS = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600
    };

    /** Finer at the short end: a message should take microseconds. */
    private static final double[] MESSAGE_BOUNDS_SECONDS = {
        0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1, 1
    };

    private static final double[] SIZE_BOUNDS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384};

    private final List<Instrument> all = new ArrayList<>();
    private final Map<AttemptOutcome.Kind, Counter> attemptsEnded = new EnumMap<>(AttemptOutcome.Kind.class);

    private final Counter attemptsStarted = counter("millrace_attempts_started_total", "Attempts handed to a worker.");
    private final Gauge slotsBusy = gauge("millrace_slots_busy", "Execution slots that run an attempt.");
    private final Gauge slotsQuarantined =
            gauge("millrace_slots_quarantined", "Execution slots held by handlers that would not end.");
    private final Gauge workers = gauge("millrace_workers", "Worker actors, busy and idle.");
    private final Counter workersCrashed = counter("millrace_workers_crashed_total", "Workers that ended by a defect.");
    private final Counter managersRestarted =
            counter("millrace_managers_restarted_total", "Managers that were restarted after a defect.");
    private final Histogram queueWait =
            histogram("millrace_job_queue_wait_seconds", "From accepted or due to started.", TIME_BOUNDS_SECONDS, 1e-9);
    private final Histogram runTime =
            histogram("millrace_attempt_run_seconds", "From started to cleaned up.", TIME_BOUNDS_SECONDS, 1e-9);
    private final Gauge handlersRunning = gauge("millrace_handlers_running", "Handlers that run on a thread.");
    private final Counter lockRequests = counter("millrace_lock_requests_total", "Requests for locks.");
    private final Counter lockRequestsWaited =
            counter("millrace_lock_requests_waited_total", "Requests for locks that had to wait.");
    private final Counter lockRequestsRefused = counter(
            "millrace_lock_requests_refused_total",
            "Requests for locks that broke an order, closed a circle or a limit.");
    private final Gauge leases = gauge("millrace_leases", "Locks that are held.");
    private final Gauge lockWaiters = gauge("millrace_lock_waiters", "Requests that wait for a lock.");
    private final Counter resourceRequests = counter("millrace_resource_requests_total", "Requests for resources.");
    private final Counter resourceRequestsRefused =
            counter("millrace_resource_requests_refused_total", "Requests for resources that ended without a grant.");
    private final Counter resourceHandlesRefused =
            counter("millrace_resource_handles_refused_total", "Handles of resources that broke a boundary.");
    private final Counter resourcesReclaimed =
            counter("millrace_resources_reclaimed_total", "Resources taken back because their manager was gone.");
    private final Counter resourceIsolationBreaches = counter(
            "millrace_resource_isolation_breaches_total", "Checks that found a channel's resources not isolated.");
    private final Gauge resourcesHeld = gauge("millrace_resources_held", "Resources that are held or waited for.");
    private final Gauge bufferBytesCommitted =
            gauge("millrace_buffer_committed_bytes", "Off-heap memory of buffers, in use and kept for reuse.");
    private final Gauge bufferBytesInUse =
            gauge("millrace_buffer_in_use_bytes", "Off-heap memory of buffers that are granted.");
    private final Counter processesStarted = counter("millrace_processes_started_total", "Processes started.");
    private final Counter processesRefused =
            counter("millrace_processes_refused_total", "Processes the operating system would not start.");
    private final Map<RunListener.EndReason, Counter> processesCutOff = new EnumMap<>(RunListener.EndReason.class);
    private final Counter processHostsReplaced = counter(
            "millrace_process_hosts_replaced_total",
            "Process hosts that were lost and in whose place another was started.");
    private final Gauge processesRunning = gauge("millrace_processes_running", "Processes that run.");
    private final Map<ProcessState, Gauge> services = new EnumMap<>(ProcessState.class);
    private final Gauge servicesReady =
            gauge("millrace_services_ready", "Services and commands that run and passed their readiness check.");
    private final Gauge servicesCrashLooping = gauge(
            "millrace_services_crash_looping",
            "Services that are restarted again and again because their runs do not stay up.");
    private final Counter serviceRuns =
            counter("millrace_service_runs_total", "Runs of services and commands that began.");
    private final Counter serviceRestarts =
            counter("millrace_service_restarts_total", "Restarts that the policy of a service asked for.");
    private final Counter serviceFailures =
            counter("millrace_service_failures_total", "Runs of services and commands that failed or did not start.");
    private final Counter servicesKilled = counter(
            "millrace_services_killed_total", "Runs of services that were killed because their grace time was over.");
    private final Histogram serviceStartTime = histogram(
            "millrace_service_start_seconds",
            "From deciding on a run of a service to its being ready.",
            TIME_BOUNDS_SECONDS,
            1e-3);
    private final Counter logLines = counter("millrace_log_lines_total", "Lines of output taken in.");
    private final Counter logBytes = counter("millrace_log_bytes_total", "Bytes of output taken in.");
    private final Counter logBytesDropped =
            counter("millrace_log_dropped_bytes_total", "Bytes of output beyond an attempt's quota.");
    private final Counter logBlocksArchived = counter("millrace_log_blocks_archived_total", "Blocks stored durably.");
    private final Counter logArchiveFailures =
            counter("millrace_log_archive_failures_total", "Writes of output that failed and were tried again.");
    private final Histogram logArchiveTime =
            histogram("millrace_log_archive_seconds", "Time of one write of output.", TIME_BOUNDS_SECONDS, 1e-9);
    private final Counter cleanupsRun = counter("millrace_cleanups_total", "Cleanups of attempts.");
    private final Counter cleanupsFailed =
            counter("millrace_cleanups_failed_total", "Cleanups that left something behind.");
    private final Counter cleanupRuns =
            counter("millrace_cleanup_runs_total", "Executions of cleanup tasks that ended.");
    private final Counter cleanupRunsFailed =
            counter("millrace_cleanup_runs_failed_total", "Executions of cleanup tasks that did not complete.");
    private final Counter cleanupRollbacks =
            counter("millrace_cleanup_rollbacks_total", "Executions of cleanup tasks that were taken back.");
    private final Counter cleanupStepsFailed =
            counter("millrace_cleanup_steps_failed_total", "Steps of cleanups that failed.");
    private final Histogram cleanupStepTime = histogram(
            "millrace_cleanup_step_seconds", "From the first try of a step to its end.", TIME_BOUNDS_SECONDS, 1e-9);
    private final Counter commits = counter("millrace_commits_total", "Journal writes of channels.");
    private final Counter commitFailures =
            counter("millrace_commit_failures_total", "Journal writes of unknown outcome.");
    private final Histogram commitCommands =
            histogram("millrace_commit_commands", "Commands stored by one journal write.", SIZE_BOUNDS, 1);
    private final Histogram commitTime =
            histogram("millrace_commit_seconds", "Time of one journal write.", TIME_BOUNDS_SECONDS, 1e-9);
    private final Counter jobsSubmitted = counter("millrace_jobs_submitted_total", "Jobs accepted.");
    private final Counter submitsRefused = counter("millrace_submits_refused_total", "Submits refused.");
    private final Gauge channelsLive = gauge("millrace_channels_live", "Channels in memory.");
    private final Counter projectionEntries =
            counter("millrace_projection_entries_total", "Journal entries written into the read model.");
    private final Gauge projectionLag =
            gauge("millrace_projection_lag_entries", "Journal entries the read model does not have yet.");

    private final GaugeGroup incidents = new GaugeGroup(
            "millrace_incidents", "Incidents of the cluster; shown by the node on which their manager is.");
    private final Counter incidentReportsDropped =
            counter("millrace_incident_reports_dropped_total", "Reports that could not become incidents.");

    private final Histogram messageTime = histogram(
            "millrace_actor_message_seconds",
            "Time one message keeps an actor of a channel from the next one.",
            MESSAGE_BOUNDS_SECONDS,
            1e-9);

    public Instruments() {
        all.add(incidents);
        for (var kind : AttemptOutcome.Kind.values()) {
            var counter = new Counter(
                    "millrace_attempts_ended_total",
                    "Attempts that ended, by outcome.",
                    Map.of("outcome", kind.name().toLowerCase(Locale.ROOT)));
            attemptsEnded.put(kind, counter);
            all.add(counter);
        }
        for (var state : ProcessState.values()) {
            var gauge = new Gauge(
                    "millrace_services",
                    "Services and commands of the channels on this node, by state.",
                    Map.of("state", state.name().toLowerCase(Locale.ROOT)));
            services.put(state, gauge);
            all.add(gauge);
        }
        for (var reason : RunListener.EndReason.values()) {
            var counter = new Counter(
                    "millrace_processes_cut_off_total",
                    "Processes that the process host ended by itself, or that ended with it, by why.",
                    Map.of("reason", reason.name().toLowerCase(Locale.ROOT)));
            processesCutOff.put(reason, counter);
            all.add(counter);
        }
    }

    public void attemptStarted() {
        attemptsStarted.add(1);
    }

    /** @param runNanos from the start until everything was cleaned up, or until a handler that would not end was given up */
    public void attemptEnded(AttemptOutcome.Kind kind, long runNanos) {
        attemptsEnded.getOrDefault(kind, attemptsStarted).add(1);
        runTime.record(runNanos);
    }

    public void jobWaited(long nanos) {
        queueWait.record(nanos);
    }

    public Gauge slotsBusy() {
        return slotsBusy;
    }

    public Gauge slotsQuarantined() {
        return slotsQuarantined;
    }

    public Gauge workers() {
        return workers;
    }

    public void workerCrashed() {
        workersCrashed.add(1);
    }

    public void managerRestarted() {
        managersRestarted.add(1);
    }

    public Gauge handlersRunning() {
        return handlersRunning;
    }

    public void lockRequested() {
        lockRequests.add(1);
    }

    public void lockWaited() {
        lockRequestsWaited.add(1);
    }

    public void lockRefused() {
        lockRequestsRefused.add(1);
    }

    public void resourceRequested() {
        resourceRequests.add(1);
    }

    public void resourceRefused() {
        resourceRequestsRefused.add(1);
    }

    public void resourceHandleRefused() {
        resourceHandlesRefused.add(1);
    }

    public void resourcesReclaimed(int resources) {
        resourcesReclaimed.add(resources);
    }

    public void resourceIsolationBreached() {
        resourceIsolationBreaches.add(1);
    }

    public Gauge resourcesHeld() {
        return resourcesHeld;
    }

    public Gauge bufferBytesCommitted() {
        return bufferBytesCommitted;
    }

    public Gauge bufferBytesInUse() {
        return bufferBytesInUse;
    }

    public Gauge leases() {
        return leases;
    }

    public Gauge lockWaiters() {
        return lockWaiters;
    }

    public void processStarted() {
        processesStarted.add(1);
        processesRunning.add(1);
    }

    public void processRefused() {
        processesRefused.add(1);
    }

    public void processHostReplaced() {
        processHostsReplaced.add(1);
    }

    public void processCutOff(RunListener.EndReason reason) {
        processesCutOff.getOrDefault(reason, processesStarted).add(1);
    }

    public void processEnded() {
        processesRunning.add(-1);
    }

    /** Services and commands in a state. */
    public Gauge services(ProcessState state) {
        return Objects.requireNonNull(services.get(state));
    }

    public Gauge servicesReady() {
        return servicesReady;
    }

    public Gauge servicesCrashLooping() {
        return servicesCrashLooping;
    }

    public void serviceRunBegan() {
        serviceRuns.add(1);
    }

    /** @param millis from deciding on the run until it was ready */
    public void serviceReady(long millis) {
        serviceStartTime.record(Math.max(0, millis));
    }

    /** @param wasForced true if it was killed because its grace time was over */
    public void serviceRunEnded(boolean hasFailed, boolean isRestarted, boolean wasForced) {
        serviceFailures.add(hasFailed ? 1 : 0);
        serviceRestarts.add(isRestarted ? 1 : 0);
        servicesKilled.add(wasForced ? 1 : 0);
    }

    public void logTaken(int lines, int bytes) {
        logLines.add(lines);
        logBytes.add(bytes);
    }

    public void logDropped(long bytes) {
        logBytesDropped.add(bytes);
    }

    public void logArchived(int blocks, long nanos) {
        logBlocksArchived.add(blocks);
        logArchiveTime.record(nanos);
    }

    public void logArchiveFailed() {
        logArchiveFailures.add(1);
    }

    /** @param isRollback true if it was taken back, or that was tried */
    public void cleanupRunEnded(boolean hasFailed, boolean isRollback) {
        cleanupRuns.add(1);
        cleanupRunsFailed.add(hasFailed ? 1 : 0);
        cleanupRollbacks.add(isRollback ? 1 : 0);
    }

    /** @param nanos from its first try on */
    public void cleanupStepEnded(boolean hasFailed, long nanos) {
        cleanupStepsFailed.add(hasFailed ? 1 : 0);
        cleanupStepTime.record(nanos);
    }

    public void cleanupEnded(boolean complete) {
        cleanupsRun.add(1);
        if (!complete) {
            cleanupsFailed.add(1);
        }
    }

    /**
     * @param commands commands the write stored
     * @param nanos from handing it to the journal to its confirmation
     */
    public void committed(int commands, long nanos) {
        commits.add(1);
        commitCommands.record(commands);
        commitTime.record(nanos);
    }

    /** @param nanos from taking a message to being ready for the next one */
    void messageHandled(long nanos) {
        messageTime.record(nanos);
    }

    public void commitFailed() {
        commitFailures.add(1);
    }

    public void jobsSubmitted(int jobs) {
        jobsSubmitted.add(jobs);
    }

    public void submitRefused() {
        submitsRefused.add(1);
    }

    public Gauge channelsLive() {
        return channelsLive;
    }

    public void projected(int entries) {
        projectionEntries.add(entries);
    }

    public Gauge projectionLag() {
        return projectionLag;
    }

    /** The incident manager is on this node, and has these. */
    public void incidents(Map<IncidentViews.Group, Integer> counts) {
        List<GaugeGroup.Point> points = new ArrayList<>();
        counts.forEach((group, count) -> points.add(new GaugeGroup.Point(
                Map.of(
                        "state", group.state().name().toLowerCase(Locale.ROOT),
                        "priority", group.priority().name()),
                count)));
        incidents.set(points);
    }

    /** The incident manager is not on this node, or not any more. */
    public void incidentsElsewhere() {
        incidents.set(List.of());
    }

    public void incidentReportDropped() {
        incidentReportsDropped.add(1);
    }

    /** Everything as it is now, in a fixed order. */
    public List<Instrument> all() {
        return List.copyOf(all);
    }

    private Counter counter(String name, String help) {
        var counter = new Counter(name, help, Map.of());
        all.add(counter);
        return counter;
    }

    private Gauge gauge(String name, String help) {
        var gauge = new Gauge(name, help, Map.of());
        all.add(gauge);
        return gauge;
    }

    private Histogram histogram(String name, String help, double[] bounds, double scale) {
        var histogram = new Histogram(name, help, bounds, scale);
        all.add(histogram);
        return histogram;
    }

    /** One named measurement. */
    public sealed interface Instrument {
        String name();

        String help();
    }

    /** A number that only rises. */
    public static final class Counter implements Instrument {
        private final String name;
        private final String help;
        private final Map<String, String> labels;
        private final LongAdder value = new LongAdder();

        Counter(String name, String help, Map<String, String> labels) {
            this.name = name;
            this.help = help;
            this.labels = labels;
        }

        void add(long amount) {
            value.add(amount);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String help() {
            return help;
        }

        /** Tells counters of one name apart. */
        public Map<String, String> labels() {
            return labels;
        }

        public long value() {
            return value.sum();
        }
    }

    /** A number that rises and falls. */
    public static final class Gauge implements Instrument {
        private final String name;
        private final String help;
        private final Map<String, String> labels;
        private final AtomicLong value = new AtomicLong();

        Gauge(String name, String help, Map<String, String> labels) {
            this.name = name;
            this.help = help;
            this.labels = labels;
        }

        public void add(long amount) {
            value.addAndGet(amount);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String help() {
            return help;
        }

        /** Tells gauges of one name apart. */
        public Map<String, String> labels() {
            return labels;
        }

        public long value() {
            return value.get();
        }
    }

    /** Numbers that are known together, each with labels of its own; none where nobody knows them. */
    public static final class GaugeGroup implements Instrument {
        private final String name;
        private final String help;
        private volatile List<Point> points = List.of();

        /** One of the numbers. */
        public record Point(Map<String, String> labels, long value) {
            public Point {
                labels = Map.copyOf(labels);
            }
        }

        GaugeGroup(String name, String help) {
            this.name = name;
            this.help = help;
        }

        void set(List<Point> latest) {
            points = List.copyOf(latest);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String help() {
            return help;
        }

        public List<Point> points() {
            return points;
        }
    }

    /** How often a measured value fell into each of some ranges. */
    public static final class Histogram implements Instrument {
        private final String name;
        private final String help;
        private final double[] bounds;
        private final double scale;
        private final LongAdder[] buckets;
        private final LongAdder sum = new LongAdder();

        Histogram(String name, String help, double[] bounds, double scale) {
            this.name = name;
            this.help = help;
            this.bounds = bounds;
            this.scale = scale;
            this.buckets = new LongAdder[bounds.length + 1];
            Arrays.setAll(buckets, _ -> new LongAdder());
        }

        void record(long value) {
            double scaled = value * scale;
            int bucket = 0;
            while (bucket < bounds.length && scaled > bounds[bucket]) {
                bucket++;
            }
            buckets[bucket].increment();
            sum.add(value);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String help() {
            return help;
        }

        /** Upper bounds of the ranges, in the unit the name says; one more range has no upper bound. */
        public double[] bounds() {
            return bounds.clone();
        }

        /** How many values fell into each range, not added up; one more than there are bounds. */
        public long[] counts() {
            return Arrays.stream(buckets).mapToLong(LongAdder::sum).toArray();
        }

        /** Sum of all values, in the unit the name says. */
        public double sum() {
            return sum.sum() * scale;
        }
    }
}
