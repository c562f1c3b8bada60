package io.millrace.edge.management;

import io.millrace.edge.http.Query;
import org.jspecify.annotations.Nullable;

/** Page tokens of lists that are put together anew for every page: the number of items to pass over. */
final class OffsetToken {
    private static final String PREFIX = "o";
    private static final int DIGITS_MAX = 6;

    private OffsetToken() {}

    static String format(int offset) {
        return PREFIX + offset;
    }

    static int parse(@Nullable String token) {
        if (token == null) {
            return 0;
        }
        String digits = token.startsWith(PREFIX) ? token.substring(PREFIX.length()) : "";
        if (digits.isEmpty() || digits.length() > DIGITS_MAX || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw Query.invalid("pageToken", "is not a token of this list; use the nextPageToken of its previous page");
        }
        return Integer.parseInt(digits);
    }
}
