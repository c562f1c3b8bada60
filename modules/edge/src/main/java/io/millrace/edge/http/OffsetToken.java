package io.millrace.edge.http;

import io.millrace.contracts.Page;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Page tokens of lists that are put together anew for every page: the number of items to pass over. */
public final class OffsetToken {
    private static final String PREFIX = "o";
    private static final int DIGITS_MAX = 6;

    private OffsetToken() {}

    public static String format(int offset) {
        return PREFIX + offset;
    }

    public static int parse(@Nullable String token) {
        if (token == null) {
            return 0;
        }
        String digits = token.startsWith(PREFIX) ? token.substring(PREFIX.length()) : "";
        if (digits.isEmpty() || digits.length() > DIGITS_MAX || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw Query.invalid("pageToken", "is not a token of this list; use the nextPageToken of its previous page");
        }
        return Integer.parseInt(digits);
    }

    /** The page of a whole list that a request asks for. */
    static <T> Page<T> page(List<T> all, int offset, int pageSize) {
        int from = Math.min(offset, all.size());
        int to = Math.min(from + pageSize, all.size());
        return new Page<>(all.subList(from, to), to < all.size() ? format(to) : null);
    }
}
