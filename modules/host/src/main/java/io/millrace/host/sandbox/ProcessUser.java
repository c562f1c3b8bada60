package io.millrace.host.sandbox;

import java.util.Locale;

/**
 * The setting {@code millrace.processes.user}: whom commands run as.
 *
 * @param kind how the user is chosen
 * @param uid of the user for {@link Kind#FIXED}, 0 otherwise
 */
public record ProcessUser(Kind kind, int uid) {
    public static final ProcessUser AUTO = new ProcessUser(Kind.AUTO, 0);
    public static final ProcessUser OWN = new ProcessUser(Kind.OWN, 0);

    /** Ways to choose the user. */
    public enum Kind {
        /** A user of its own per channel where the node runs as root, otherwise the node's. */
        AUTO,
        /** The node's. */
        OWN,
        /** A named one, the same for all channels. */
        FIXED
    }

    /**
     * Reads the setting.
     *
     * @param text {@code auto}, {@code own}, or the number of a user from 1 to 2147483647
     * @throws IllegalArgumentException for anything else, with a message that can follow the name of the setting
     */
    public static ProcessUser parse(String text) {
        return switch (text) {
            case "auto" -> AUTO;
            case "own" -> OWN;
            default -> new ProcessUser(Kind.FIXED, number(text));
        };
    }

    private static int number(String text) {
        try {
            int uid = Integer.parseInt(text);
            if (uid > 0) {
                return uid;
            }
        } catch (NumberFormatException e) {
            // The message below says it for every wrong value.
        }
        throw new IllegalArgumentException(
                "is '" + text + "'. Use auto, own, or the number of a user other than root.");
    }

    @Override
    public String toString() {
        return kind == Kind.FIXED ? Integer.toString(uid) : kind.name().toLowerCase(Locale.ROOT);
    }
}
