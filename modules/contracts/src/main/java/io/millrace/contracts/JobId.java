package io.millrace.contracts;

import java.util.List;

/**
 * Identifier of a job: 128 bits as 26 Crockford base-32 characters. The first 48 bits are the creation time in
 * milliseconds, so ids sort by creation time; the rest makes them unique across the cluster and restarts.
 */
public record JobId(long high, long low) implements Comparable<JobId> {
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int LENGTH = 26;
    private static final byte[] VALUES = values();

    /**
     * Reads the text form, in either case.
     *
     * @throws MillraceException NOT_FOUND if the text is no job id: nothing can have that id
     */
    public static JobId parse(String text) {
        if (text.length() != LENGTH || text.charAt(0) > '7') {
            throw notAnId(text);
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < LENGTH; i++) {
            char c = text.charAt(i);
            int value = c < 128 ? VALUES[c] : -1;
            if (value < 0) {
                throw notAnId(text);
            }
            high = (high << 5) | (low >>> 59);
            low = (low << 5) | value;
        }
        return new JobId(high, low);
    }

    /** Creation time in milliseconds since the epoch. */
    public long createdAtMillis() {
        return high >>> 16;
    }

    @Override
    public int compareTo(JobId other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        char[] text = new char[LENGTH];
        long h = high;
        long l = low;
        for (int i = LENGTH - 1; i >= 0; i--) {
            text[i] = ALPHABET.charAt((int) (l & 31));
            l = (l >>> 5) | (h << 59);
            h >>>= 5;
        }
        return new String(text);
    }

    private static MillraceException notAnId(String text) {
        String shown = text.length() <= 40 ? text : text.substring(0, 40) + "…";
        return new Problem(
                        ErrorCode.NOT_FOUND,
                        "Channel",
                        "No job has the id '" + shown + "'. A job id has 26 characters, as the submit reply gave it.",
                        java.util.Map.of(),
                        List.of(),
                        null)
                .asException();
    }

    private static byte[] values() {
        byte[] values = new byte[128];
        java.util.Arrays.fill(values, (byte) -1);
        for (int i = 0; i < ALPHABET.length(); i++) {
            values[ALPHABET.charAt(i)] = (byte) i;
            values[Character.toLowerCase(ALPHABET.charAt(i))] = (byte) i;
        }
        return values;
    }
}
