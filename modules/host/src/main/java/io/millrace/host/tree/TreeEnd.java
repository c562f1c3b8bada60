package io.millrace.host.tree;

import java.util.List;

/**
 * What ending a tree has come to.
 *
 * @param killed processes that were found and killed, besides the command itself; those that began and ended between two
 *     looks are not counted
 * @param left what still lives, each with the reason as far as the system tells, for a person; empty in all but rare cases
 */
public record TreeEnd(int killed, List<String> left) {
    public static final TreeEnd NOTHING = new TreeEnd(0, List.of());

    public TreeEnd {
        left = List.copyOf(left);
    }
}
