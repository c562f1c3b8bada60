package io.millrace.domain.channel;

import io.millrace.contracts.ThreadSafety;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Waiting jobs in a total order, in sorted blocks of at most {@value #BLOCK_JOBS_MAX}. A million of them cost 4 to 8
 * bytes each where a tree node costs 40, and a job's place can be told without visiting those before it. Adding and
 * removing search a block and then a place, and move at most one block's references; at either end they move none.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class OrderedJobs implements Iterable<LiveJob.Waiting> {
    static final int BLOCK_JOBS_MAX = 512;

    private final Comparator<LiveJob.Waiting> order;
    private final List<Block> blocks = new ArrayList<>();
    private int size;

    /**
     * @param order tells any two different jobs apart
     */
    OrderedJobs(Comparator<LiveJob.Waiting> order) {
        this.order = order;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The foremost job, absent if there is none. */
    LiveJob.@Nullable Waiting first() {
        return blocks.isEmpty() ? null : blocks.getFirst().get(0);
    }

    void add(LiveJob.Waiting job) {
        if (blocks.isEmpty()) {
            blocks.add(new Block());
        }
        int index = blockFor(job);
        Block block = blocks.get(index);
        if (block.size() == BLOCK_JOBS_MAX) {
            block = roomBeside(index, job);
        }
        block.insert(block.placeOf(job, order), job);
        size++;
    }

    /** Removes a job; one that is not there is no error. */
    void remove(LiveJob.Waiting job) {
        if (blocks.isEmpty()) {
            return;
        }
        int index = blockFor(job);
        Block block = blocks.get(index);
        int place = block.placeOf(job, order);
        if (place == block.size() || order.compare(block.get(place), job) != 0) {
            return;
        }
        block.remove(place);
        size--;
        if (block.size() == 0) {
            blocks.remove(index);
        }
    }

    /** Jobs before this one. */
    int before(LiveJob.Waiting job) {
        if (blocks.isEmpty()) {
            return 0;
        }
        int index = blockFor(job);
        int before = blocks.get(index).placeOf(job, order);
        for (int i = 0; i < index; i++) {
            before += blocks.get(i).size();
        }
        return before;
    }

    @Override
    public Iterator<LiveJob.Waiting> iterator() {
        return new Iterator<>() {
            private int block;
            private int place;

            @Override
            public boolean hasNext() {
                return block < blocks.size();
            }

            @Override
            public LiveJob.Waiting next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Block current = blocks.get(block);
                LiveJob.Waiting job = current.get(place++);
                if (place == current.size()) {
                    block++;
                    place = 0;
                }
                return job;
            }
        };
    }

    /** The last block that does not begin behind the job. */
    private int blockFor(LiveJob.Waiting job) {
        int low = 0;
        int high = blocks.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (order.compare(blocks.get(middle).get(0), job) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Makes room where a block is full. Jobs that only ever go to the end leave full blocks behind. */
    private Block roomBeside(int index, LiveJob.Waiting job) {
        Block full = blocks.get(index);
        boolean goesToTheEnd = index == blocks.size() - 1 && order.compare(full.get(full.size() - 1), job) < 0;
        Block next = goesToTheEnd ? new Block() : full.splitOff();
        blocks.add(index + 1, next);
        return goesToTheEnd || order.compare(next.get(0), job) <= 0 ? next : full;
    }

    /** A sorted run of references with room at either end. */
    private static final class Block {
        private static final int JOBS_AT_FIRST = 16;

        private LiveJob.@Nullable Waiting[] jobs = new LiveJob.Waiting[JOBS_AT_FIRST];
        private int from;
        private int to;

        int size() {
            return to - from;
        }

        LiveJob.Waiting get(int place) {
            LiveJob.Waiting job = jobs[from + place];
            if (job == null) {
                throw new IndexOutOfBoundsException(place);
            }
            return job;
        }

        /** Where the job is, or would be. */
        int placeOf(LiveJob.Waiting job, Comparator<LiveJob.Waiting> order) {
            int low = 0;
            int high = size();
            if (high > 0 && order.compare(get(high - 1), job) < 0) {
                return high;
            }
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (order.compare(get(middle), job) < 0) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        void insert(int place, LiveJob.Waiting job) {
            if (to == jobs.length) {
                makeRoomAtTheEnd();
            }
            System.arraycopy(jobs, from + place, jobs, from + place + 1, size() - place);
            jobs[from + place] = job;
            to++;
        }

        void remove(int place) {
            if (place == 0) {
                jobs[from++] = null;
                return;
            }
            System.arraycopy(jobs, from + place + 1, jobs, from + place, size() - place - 1);
            jobs[--to] = null;
        }

        Block splitOff() {
            int half = size() / 2;
            Block rest = new Block();
            rest.jobs = Arrays.copyOf(Arrays.copyOfRange(jobs, from + half, to), BLOCK_JOBS_MAX);
            rest.to = size() - half;
            Arrays.fill(jobs, from + half, to, null);
            to = from + half;
            return rest;
        }

        private void makeRoomAtTheEnd() {
            int size = size();
            LiveJob.@Nullable Waiting[] target = from > 0 ? jobs : new LiveJob.Waiting[jobs.length * 2];
            System.arraycopy(jobs, from, target, 0, size);
            if (target == jobs) {
                Arrays.fill(jobs, size, to, null);
            }
            jobs = target;
            from = 0;
            to = size;
        }
    }
}
