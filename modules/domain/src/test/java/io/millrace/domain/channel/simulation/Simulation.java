package io.millrace.domain.channel.simulation;

import io.millrace.contracts.ChannelName;
import io.millrace.domain.channel.LiveChannel;
import java.util.List;

/**
 * One run: a minute of faults, then calm. In the calm every promise must still hold and every job must come to its end
 * within {@value #CALM_STEPS_MAX} steps.
 */
final class Simulation {
    private static final long FAULTS_MILLIS = 60_000;
    private static final long WAKE_MILLIS = 30_000;
    private static final long CALM_STEPS_MAX = 20_000;
    private static final int CLOCK_ERROR_MILLIS_MAX = 20_000;

    private final Flaw flaw;
    private final SeededRandom random;
    private final EventLoop loop = new EventLoop();
    private final Trace trace;
    private final Sightings sightings = new Sightings();
    private final SafetyRules safety = new SafetyRules(sightings);
    private final SharedJournal journal;
    private final ReadModelCopy readModel;
    private final Network network = new Network(this);
    private final Database database = new Database(this);
    private final ProcessHosts processes = new ProcessHosts(this);
    private final List<Node> nodes;
    private final ChannelName channelName;
    private final Client client;
    private Node home;
    private boolean hasFaults = true;

    private Simulation(long seed, Flaw flaw, boolean isTraced) {
        this.flaw = flaw;
        this.random = new SeededRandom(seed);
        this.trace = new Trace(isTraced, loop);
        this.journal = new SharedJournal(safety, flaw);
        this.readModel = new ReadModelCopy(journal);
        this.nodes = random.oneIn(3)
                ? List.of(new Node("node-1", this), new Node("node-2", this))
                : List.of(new Node("node-1", this), new Node("node-2", this), new Node("node-3", this));
        this.channelName = random.oneIn(4) ? ChannelName.DEFAULT : new ChannelName("simulated");
        this.home = nodes.getFirst();
        this.client = new Client(this);
    }

    /** What a run came to. */
    record Result(long steps, long entries, int jobs, Sightings sightings) {}

    /**
     * Runs one seed.
     *
     * @throws BrokenPromise if it broke a promise; the message names the seed and has the trace of the run
     */
    static Result run(long seed, Flaw flaw) {
        try {
            return new Simulation(seed, flaw, false).run();
        } catch (BrokenPromise | RuntimeException broken) {
            throw withTrace(seed, flaw, broken);
        }
    }

    /** The same seed gives the same run, so the trace is written only now that somebody wants to read it. */
    private static BrokenPromise withTrace(long seed, Flaw flaw, Throwable broken) {
        Simulation again = new Simulation(seed, flaw, true);
        String end = "It did not fail again: the run depends on something besides its seed.";
        try {
            again.run();
        } catch (BrokenPromise | RuntimeException same) {
            end = same.toString();
        }
        BrokenPromise traced = new BrokenPromise("Seed " + seed + " broke a promise: " + broken.getMessage()
                + "\nRun it alone with -Dtest=SimulationTest -Dsimulation.seed=" + seed + "\n"
                + String.join("\n", again.trace.lines()) + "\n" + end);
        traced.initCause(broken);
        return traced;
    }

    private Result run() {
        client.putChannel();
        home.startOwner();
        for (long at = 0; at < FAULTS_MILLIS; at += random.between(300, 1_500)) {
            loop.after(at, client::askForSomething);
        }
        for (long at = 0; at < FAULTS_MILLIS; at += random.between(1_000, 8_000)) {
            loop.after(at, this::disturb);
        }
        loop.after(0, this::followJournal);
        loop.after(WAKE_MILLIS, this::wake);
        while (loop.nowMillis() < FAULTS_MILLIS) {
            loop.runNext();
        }
        calmDown();
        long stepsMax = loop.stepsDone() + CALM_STEPS_MAX;
        while (!isAtRest()) {
            client.resumeIfPaused();
            BrokenPromise.unless(
                    loop.stepsDone() < stepsMax && loop.runNext(),
                    () -> "not at rest " + (loop.nowMillis() - FAULTS_MILLIS) + " ms after the last fault: "
                            + safety.unended());
        }
        compareAllReplays();
        return new Result(loop.stepsDone(), journal.lastSequence(), safety.acceptedJobs(), sightings);
    }

    // Faults

    private void disturb() {
        if (!hasFaults) {
            return;
        }
        Node node = random.oneOf(nodes);
        switch (random.between(0, 10)) {
            case 0, 1 -> crash(node);
            case 2, 3 -> node.pause(random.between(200, 12_000));
            case 4, 5 -> node.setClock(random.between(-CLOCK_ERROR_MILLIS_MAX, CLOCK_ERROR_MILLIS_MAX));
            case 6, 7 -> moveHomeTo(node);
            case 8 -> node.startOwner(); // A second owner beside the first.
            case 9 -> processes.lose(node);
            default -> home.pause(random.between(200, 5_000));
        }
    }

    private void crash(Node node) {
        if (node.isUp()) {
            node.crash();
            loop.after(random.oneIn(2) ? random.between(50, 900) : random.between(500, 6_000), () -> {
                node.boot();
                home.startOwner();
            });
        }
        if (node == home && random.oneIn(2)) {
            moveHomeTo(random.oneOf(nodes));
        }
    }

    /** The old owner is told, or is not, or goes on for a while. */
    private void moveHomeTo(Node node) {
        trace.add(() -> "the channel's home is " + node.name());
        Node former = home;
        home = node;
        if (former != node && random.oneIn(2) && former.owner() != null) {
            former.stopOwner();
        }
        loop.after(random.between(1, 3_000), () -> home.startOwner());
    }

    private void calmDown() {
        trace.add(() -> "the faults are over");
        hasFaults = false;
        for (Node node : nodes) {
            node.boot();
            if (node != home && node.owner() != null) {
                node.stopOwner();
            }
        }
        home.startOwner();
    }

    /** Wakes the channel from time to time, and tells its owner how far the read model is. */
    private void wake() {
        home.startOwner();
        ChannelOwner owner = home.owner();
        if (owner != null) {
            owner.wake(readModel.position());
        }
        loop.after(WAKE_MILLIS, this::wake);
    }

    private void followJournal() {
        readModel.follow(random.between(0, 30));
        loop.after(random.between(50, 900), this::followJournal);
    }

    // The end

    private boolean isAtRest() {
        return client.hasEveryAnswer()
                && safety.everyJobHasEnded()
                && safety.noLockIsHeld()
                && safety.nothingIsCleanedUp()
                && safety.everyProcessHasEnded()
                && !safety.isDeleting();
    }

    private void compareAllReplays() {
        for (long startingPoint : journal.startingPoints()) {
            LiveChannel channel = journal.replayFrom(startingPoint);
            safety.ownerHas(channel, journal.lastSequence());
            BrokenPromise.unless(channel.counts().live() == 0, () -> "jobs are left: " + channel.counts());
            BrokenPromise.unless(!channel.hasWork(), () -> "every job has ended and the channel still has work");
        }
    }

    // Parts of the run, for each other

    Sightings sightings() {
        return sightings;
    }

    Flaw flaw() {
        return flaw;
    }

    SeededRandom random() {
        return random;
    }

    EventLoop loop() {
        return loop;
    }

    Trace trace() {
        return trace;
    }

    SafetyRules safety() {
        return safety;
    }

    SharedJournal journal() {
        return journal;
    }

    ReadModelCopy readModel() {
        return readModel;
    }

    Network network() {
        return network;
    }

    Database database() {
        return database;
    }

    ProcessHosts processes() {
        return processes;
    }

    ChannelName channelName() {
        return channelName;
    }

    boolean hasFaults() {
        return hasFaults;
    }

    /** The node that should own the channel. */
    Node home() {
        return home;
    }

    Node anyNode() {
        return random.oneOf(nodes);
    }
}
