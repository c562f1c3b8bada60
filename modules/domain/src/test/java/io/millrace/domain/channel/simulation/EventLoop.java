package io.millrace.domain.channel.simulation;

import java.util.PriorityQueue;

/** Virtual time in milliseconds: actions run one after the other, in the order of their times. */
final class EventLoop {
    private final PriorityQueue<Step> steps = new PriorityQueue<>();
    private long nowMillis;
    private long scheduled;
    private long done;

    /** Time that passes evenly; every node's clock differs from it. */
    long nowMillis() {
        return nowMillis;
    }

    long stepsDone() {
        return done;
    }

    void after(long delayMillis, Runnable action) {
        steps.add(new Step(nowMillis + Math.max(0, delayMillis), scheduled++, action));
    }

    /** Runs the next action; false if there is none. */
    boolean runNext() {
        Step step = steps.poll();
        if (step == null) {
            return false;
        }
        nowMillis = step.atMillis;
        done++;
        step.action.run();
        return true;
    }

    private record Step(long atMillis, long number, Runnable action) implements Comparable<Step> {
        @Override
        public int compareTo(Step other) {
            int byTime = Long.compare(atMillis, other.atMillis);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }
}
