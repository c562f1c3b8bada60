package io.millrace.channel.script;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** One look at a directory: what was found so far, what could not be read, and how much more may be looked at. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ScriptSearch {
    private final Path root;
    private final Path realRoot;
    private final Map<Key, Script> scripts = new LinkedHashMap<>();
    private final List<String> warnings = new ArrayList<>();
    private final Set<String> warned = new HashSet<>();
    private int entriesLookedAt;
    private long charactersRead;

    /**
     * @param root directory as it is named in what was found, absolute
     * @param realRoot the same without symbolic links
     */
    ScriptSearch(Path root, Path realRoot) {
        this.root = root;
        this.realRoot = realRoot;
    }

    private record Key(String member, String tool, String name) {}

    private record Script(Key key, List<String> command, String directory, String source, String description) {
        String name(String tool) {
            return (key.member.isEmpty() ? "" : key.member + ":") + tool + key.name;
        }

        String shortName() {
            return name("");
        }

        String nameWithTool() {
            return name(key.tool + ":");
        }

        ScriptView view(String name) {
            return new ScriptView(name, key.tool, command, directory, source, description);
        }
    }

    ProjectDirectory root() {
        return new ProjectDirectory(this, root, "");
    }

    Path rootPath() {
        return root;
    }

    /** True unless a symbolic link leads out of the directory that was named. */
    boolean isInside(Path existing) throws IOException {
        return existing.toRealPath().startsWith(realRoot);
    }

    /** False once as many entries of directories were looked at as may be. */
    boolean mayLookAtEntry() {
        if (entriesLookedAt == Limits.SCRIPT_ENTRIES_MAX) {
            warn("Only the first " + Limits.SCRIPT_ENTRIES_MAX
                    + " files and directories were looked at, so scripts may be "
                    + "missing. Name the directory of one member.");
            return false;
        }
        entriesLookedAt++;
        return true;
    }

    /** False once so much was read as may be. */
    boolean mayRead() {
        if (charactersRead >= Limits.SCRIPT_BYTES_MAX) {
            warn("Only the first " + Limits.SCRIPT_BYTES_MAX
                    + " bytes of files were read, so scripts may be missing. Name the " + "directory of one member.");
            return false;
        }
        return true;
    }

    void countRead(String text) {
        charactersRead += text.length();
    }

    /** Adds a script unless the tool has one of this name there already. */
    void add(ProjectDirectory where, ScriptView script) {
        if (!PlainText.isName(script.name())) {
            warn(script.source() + " has a script whose name cannot be used: '" + PlainText.of(script.name())
                    + "'. Use a name of 1 to "
                    + Limits.SCRIPT_TEXT_CHARS_MAX + " visible characters that does not begin with '-'.");
        } else if (scripts.size() == Limits.SCRIPTS_MAX) {
            warn("Only the first " + Limits.SCRIPTS_MAX
                    + " scripts are listed. Name the directory of one member to see the others.");
        } else {
            var key = new Key(where.member(), script.tool(), script.name());
            scripts.putIfAbsent(
                    key,
                    new Script(
                            key,
                            script.command(),
                            script.directory(),
                            script.source(),
                            PlainText.of(script.description())));
        }
    }

    /** Says once what is missing from the listing. */
    void warn(String warning) {
        String shown = PlainText.withoutControls(warning);
        if (warnings.size() < Limits.SCRIPT_WARNINGS_MAX && warned.add(shown)) {
            warnings.add(shown);
        }
    }

    ScriptListing listing() {
        var views = views();
        return new ScriptListing(List.copyOf(views.values()), warnings);
    }

    /** The script of a name, with its tool or, where that is enough, without it. */
    Optional<ScriptView> script(String name) {
        var listed = views().get(name);
        return listed != null
                ? Optional.of(listed)
                : scripts.values().stream()
                        .filter(script -> script.nameWithTool().equals(name))
                        .findFirst()
                        .map(script -> script.view(name));
    }

    private Map<String, ScriptView> views() {
        var shortNames = new HashMap<String, Integer>();
        scripts.values().forEach(script -> shortNames.merge(script.shortName(), 1, Integer::sum));
        var views = new LinkedHashMap<String, ScriptView>();
        for (var script : scripts.values()) {
            boolean isUnique = Objects.equals(shortNames.get(script.shortName()), 1);
            String name = isUnique ? script.shortName() : script.nameWithTool();
            if (views.putIfAbsent(name, script.view(name)) != null) {
                warn(script.source + " has a script whose name '" + name + "' stands for another one, too. Rename it.");
            }
        }
        return views;
    }
}
