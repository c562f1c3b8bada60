package io.millrace.contracts;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Name of a channel, chosen by its user: 1 to 63 lower-case letters, digits and inner hyphens.
 *
 * @param value matches {@code [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?}
 */
public record ChannelName(String value) implements Comparable<ChannelName> {
    private static final Pattern PATTERN = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    /** The channel that always exists and takes what names no channel. Behind the pattern, which its creation needs. */
    public static final ChannelName DEFAULT = new ChannelName("default");

    public ChannelName {
        if (!PATTERN.matcher(value).matches()) {
            throw Problem.invalid(
                            "Channel",
                            "The channel name '" + abbreviated(value)
                                    + "' is not valid. Use 1 to 63 lower-case letters, "
                                    + "digits or hyphens, starting and ending with a letter or digit.",
                            List.of(new Violation("channel", "must match " + PATTERN.pattern())))
                    .asException();
        }
    }

    private static String abbreviated(String value) {
        return value.length() <= 80 ? value : value.substring(0, 80) + "…";
    }

    @Override
    public int compareTo(ChannelName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
