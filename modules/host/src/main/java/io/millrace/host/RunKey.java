package io.millrace.host;

/**
 * Names one run of a command for ever: of an attempt of a job, of a service, or of a step that cleans up.
 *
 * @param channel whose it is
 * @param id job or process it belongs to
 * @param number which attempt or run of it
 * @param epoch fencing epoch; of the same channel and id only a higher one may be started
 */
public record RunKey(String channel, String id, int number, long epoch) {

    /** True if it is of the same job or process as another one, and has a lower epoch. */
    public boolean isOlderThan(RunKey other) {
        return channel.equals(other.channel) && id.equals(other.id) && epoch < other.epoch;
    }

    /** Safe as a file name, and the name of its control group. */
    @Override
    public String toString() {
        return channel + "-" + id + "-" + number + "-" + epoch;
    }
}
