package io.millrace.channel;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds the known names that a mistyped one was probably meant to be. */
public final class NearNames {
    /** Names in one suggestion. */
    public static final int COUNT_MAX = 3;

    private static final int DISTANCE_MAX = 3;
    private static final int CHARS_MAX = 200;

    private NearNames() {}

    /**
     * At most {@link #COUNT_MAX} names, nearest first; empty if none is near. A name that ends with {@code :} and what was
     * typed is near as well.
     */
    public static List<String> of(String name, Collection<String> known) {
        if (name.length() > CHARS_MAX) {
            return List.of();
        }
        int distanceMax = Math.min(DISTANCE_MAX, Math.max(1, name.length() / 2));
        return known.stream()
                .filter(candidate -> distance(name, candidate) <= distanceMax)
                .sorted(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .limit(COUNT_MAX)
                .toList();
    }

    /** Single characters to insert, delete or replace until one name is the other, case set aside. */
    private static int distance(String name, String candidate) {
        String from = name.toLowerCase(Locale.ROOT);
        String to = candidate.toLowerCase(Locale.ROOT);
        if (to.endsWith(":" + from)) {
            return 0;
        }
        if (Math.abs(from.length() - to.length()) > DISTANCE_MAX) {
            return Integer.MAX_VALUE;
        }
        int[] row = new int[to.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
