package io.millrace.channel.script;

import io.millrace.domain.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where members of a monorepo lie: directories below its root, with {@code *}, {@code ?}, <code>{a,b}</code> and {@code
 * **} for any number of directories. Directories of installed packages and of results of builds are never members.
 *
 * @param segments of the path, from the root down
 * @param manifest file that makes a directory a member
 */
record MemberPattern(List<String> segments, String manifest) {
    private static final List<String> NEVER_MEMBERS = List.of("node_modules", "target", "vendor", "bower_components");
    private static final String ANY_DEPTH = "**";
    private static final int ALTERNATIVES_MAX = 64;

    /** The patterns that a text with alternatives in braces stands for; none if they are more than can be meant. */
    static List<MemberPattern> parse(String text, String manifest) {
        return alternatives(text).stream()
                .map(alternative -> new MemberPattern(segments(alternative), manifest))
                .toList();
    }

    /** Neighbours of any depth are one, so that a path can match in few ways only. */
    private static List<String> segments(String pattern) {
        var segments = new ArrayList<String>();
        for (String segment : pattern.split("/", -1)) {
            boolean isRepeated = segment.equals(ANY_DEPTH)
                    && !segments.isEmpty()
                    && segments.getLast().equals(ANY_DEPTH);
            if (!segment.isEmpty() && !segment.equals(".") && !isRepeated) {
                segments.add(segment);
            }
        }
        return segments;
    }

    private static List<String> alternatives(String text) {
        var complete = new ArrayList<String>();
        var open = new ArrayList<String>();
        if (text.length() <= Limits.SCRIPT_TEXT_CHARS_MAX) {
            open.add(text);
        }
        while (!open.isEmpty() && complete.size() + open.size() <= ALTERNATIVES_MAX) {
            String next = open.removeLast();
            int from = next.lastIndexOf('{');
            int to = next.indexOf('}', Math.max(from, 0));
            if (from < 0 || to < 0) {
                complete.add(next);
            } else {
                for (String choice : next.substring(from + 1, to).split(",", -1)) {
                    open.add(next.substring(0, from) + choice + next.substring(to + 1));
                }
            }
        }
        return complete;
    }

    /** Hands on every directory that matches and has the file, some perhaps more than once. */
    void find(ScriptSearch search, Consumer<Path> found) {
        find(search, search.rootPath(), 0, found);
    }

    private void find(ScriptSearch search, Path directory, int matched, Consumer<Path> found) {
        if (matched == segments.size()) {
            if (Files.isRegularFile(directory.resolve(manifest))) {
                found.accept(directory);
            }
            return;
        }
        boolean isAnyDepth = segments.get(matched).equals(ANY_DEPTH);
        if (isAnyDepth) {
            find(search, directory, matched + 1, found);
        }
        if (directory.getNameCount() - search.rootPath().getNameCount() >= Limits.SCRIPT_DEPTH_MAX) {
            return;
        }
        for (var entry : ProjectDirectory.entries(search, directory)) {
            String name = entry.getFileName().toString();
            boolean isMatch = isAnyDepth || matches(segments.get(matched), name);
            if (isMatch && !NEVER_MEMBERS.contains(name) && Files.isDirectory(entry)) {
                find(search, entry, isAnyDepth ? matched : matched + 1, found);
            }
        }
    }

    /** True if a path below the root matches, whether or not it exists. */
    boolean matches(Path relative) {
        return matches(relative, 0, 0);
    }

    private boolean matches(Path relative, int names, int matched) {
        if (matched == segments.size()) {
            return names == relative.getNameCount();
        }
        if (segments.get(matched).equals(ANY_DEPTH)) {
            return matches(relative, names, matched + 1)
                    || (names < relative.getNameCount() && matches(relative, names + 1, matched));
        }
        return names < relative.getNameCount()
                && matches(segments.get(matched), relative.getName(names).toString())
                && matches(relative, names + 1, matched + 1);
    }

    /** One name against {@code *} and {@code ?}, in time proportional to the product of their lengths. */
    static boolean matches(String pattern, String name) {
        int at = 0;
        int star = -1;
        int starAt = 0;
        int position = 0;
        while (position < name.length()) {
            if (at < pattern.length() && pattern.charAt(at) == '*') {
                star = at++;
                starAt = position;
            } else if (at < pattern.length()
                    && (pattern.charAt(at) == '?' || pattern.charAt(at) == name.charAt(position))) {
                at++;
                position++;
            } else if (star >= 0) {
                at = star + 1;
                position = ++starAt;
            } else {
                return false;
            }
        }
        return pattern.substring(at).chars().allMatch(rest -> rest == '*');
    }
}
