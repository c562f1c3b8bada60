package io.millrace.domain.channel.simulation;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One node: its clock, its life from start to crash, the owner of the channel on it and the workers. */
final class Node {
    private static final long WALL_CLOCK_START = 1_700_000_000_000L;

    private final String name;
    private final Simulation simulation;
    private final TreeMap<Long, Worker> workers = new TreeMap<>();
    private long clockErrorMillis;
    private long pausedUntilMillis;
    private int life = 1;
    private int dataDirectory = 1;
    private boolean isUp = true;
    private @Nullable ChannelOwner owner;

    Node(String name, Simulation simulation) {
        this.name = name;
        this.simulation = simulation;
    }

    String name() {
        return name;
    }

    /** Identity of its process host, which is that of its data directory. */
    String host() {
        return name + " directory " + dataDirectory;
    }

    boolean isUp() {
        return isUp;
    }

    @Nullable ChannelOwner owner() {
        return owner;
    }

    /** What the node takes for the time, in milliseconds since the epoch. */
    long clockMillis() {
        return WALL_CLOCK_START + simulation.loop().nowMillis() + clockErrorMillis;
    }

    void setClock(long errorMillis) {
        clockErrorMillis = errorMillis;
    }

    /** Runs an action on this node, unless it crashes before; a pause delays it. */
    void after(long delayMillis, Runnable action) {
        int lifeNow = life;
        simulation.loop().after(delayMillis, () -> runIn(lifeNow, action));
    }

    private void runIn(int wantedLife, Runnable action) {
        if (!isUp || life != wantedLife) {
            return;
        }
        long rest = pausedUntilMillis - simulation.loop().nowMillis();
        if (rest > 0) {
            simulation.loop().after(rest, () -> runIn(wantedLife, action));
        } else {
            action.run();
        }
    }

    void pause(long millis) {
        simulation.trace().add(() -> name + " stands still for " + millis + " ms");
        pausedUntilMillis = simulation.loop().nowMillis() + millis;
    }

    void crash() {
        simulation.trace().add(() -> name + " crashes");
        isUp = false;
        owner = null;
        simulation.processes().letGo(this);
        workers.clear();
        pausedUntilMillis = 0;
    }

    /** Its process host may be there still, may have died with it, or it comes back with another data directory. */
    void boot() {
        if (!isUp) {
            simulation.trace().add(() -> name + " boots");
            switch (simulation.random().between(0, 4)) {
                case 0 -> simulation.processes().lose(this);
                case 1 -> dataDirectory++;
                default -> simulation.sightings().add("Process host found again");
            }
            isUp = true;
            life++;
        }
    }

    // The owner

    /** Makes this node own the channel, if it does not think it does already. */
    void startOwner() {
        if (isUp && owner == null) {
            ChannelOwner started = new ChannelOwner(this, simulation);
            owner = started;
            after(simulation.random().between(1, 50), started::recover);
        }
    }

    void stopOwner() {
        simulation.trace().add(() -> name + " gives the channel up");
        owner = null;
        if (simulation.random().oneIn(2)) {
            simulation.processes().killAll(this);
        } else {
            simulation.processes().letGo(this);
        }
        if (simulation.random().oneIn(2)) {
            workers.clear();
        }
    }

    // The workers

    void startWorker(Worker worker) {
        workers.put(worker.epoch(), worker);
        worker.start();
    }

    void adoptWith(Worker worker) {
        workers.put(worker.epoch(), worker);
        worker.adopt();
    }

    @Nullable Worker worker(long epoch) {
        return workers.get(epoch);
    }

    boolean isAtWork(Worker worker) {
        return workers.get(worker.epoch()) == worker;
    }

    void forgetWorker(long epoch) {
        workers.remove(epoch);
    }
}
