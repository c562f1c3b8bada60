package io.millrace.contracts.event;

import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import java.util.List;

/**
 * Position of an event in its channel: the journal's sequence number and the place inside that entry. Written
 * {@code sequence-index}.
 */
public record EventCursor(long sequence, int index) implements Comparable<EventCursor> {
    /** Before the first event. */
    public static final EventCursor START = new EventCursor(0, 0);

    /**
     * Reads the written form.
     *
     * @throws io.millrace.contracts.MillraceException INVALID_ARGUMENT if it is no cursor of ours
     */
    public static EventCursor parse(String text) {
        int dash = text.indexOf('-');
        try {
            long sequence = Long.parseLong(dash < 0 ? text : text.substring(0, dash));
            int index = dash < 0 ? Integer.MAX_VALUE : Integer.parseInt(text.substring(dash + 1));
            if (sequence >= 0 && index >= 0) {
                return new EventCursor(sequence, index);
            }
        } catch (NumberFormatException e) {
            throw notACursor();
        }
        throw notACursor();
    }

    private static RuntimeException notACursor() {
        return Problem.invalid(
                        "EventBus",
                        "The event cursor is not one Millrace gave out. Use the id of the last event you received.",
                        List.of(new Violation("after", "is not an event cursor")))
                .asException();
    }

    @Override
    public int compareTo(EventCursor other) {
        int bySequence = Long.compare(sequence, other.sequence);
        return bySequence != 0 ? bySequence : Integer.compare(index, other.index);
    }

    @Override
    public String toString() {
        return sequence + "-" + index;
    }
}
