package io.millrace.api.v1;

/**
 * Sizes as requests write them: a number of bytes, or text such as {@code 64KB} and {@code 1MB}, in powers of 1024.
 * Replies write whole megabytes as {@code 256MB} and anything else as a number of bytes.
 */
final class SizeText {
    static final String EXPECTED = "must be a number of bytes, or text such as 64KB, 1MB or 2GB";

    /** Marks text that is no size. */
    static final long INVALID = Long.MIN_VALUE;

    static final long MEGABYTE = 1L << 20;

    private static final int DIGITS_MAX = 12;

    /** Bytes that the text means, or {@link #INVALID}. */
    static long parse(String text) {
        int end = 0;
        long number = 0;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            number = number * 10 + (text.charAt(end) - '0');
            end++;
            if (end > DIGITS_MAX) {
                return INVALID;
            }
        }
        int shift = end == 0 ? -1 : shiftOf(text.substring(end));
        return shift < 0 || number > Long.MAX_VALUE >> shift ? INVALID : number << shift;
    }

    private static int shiftOf(String unit) {
        return switch (unit) {
            case "", "B" -> 0;
            case "KB" -> 10;
            case "MB" -> 20;
            case "GB" -> 30;
            case "TB" -> 40;
            default -> -1;
        };
    }

    private SizeText() {}
}
