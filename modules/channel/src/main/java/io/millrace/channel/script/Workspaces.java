package io.millrace.channel.script;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The members of a monorepo, as its root names them for its package managers and build tools. */
final class Workspaces {
    private final ScriptSearch search;
    private final List<MemberPattern> included = new ArrayList<>();
    private final List<MemberPattern> excluded = new ArrayList<>();
    private final SortedMap<Path, Path> directoriesByRealPath = new TreeMap<>();

    Workspaces(ScriptSearch search) {
        this.search = search;
    }

    /** Directories of the members, in order of their paths. */
    List<ProjectDirectory> members(ProjectDirectory root) {
        addPackages(root);
        addCrates(root);
        included.forEach(pattern -> pattern.find(search, this::addDirectory));
        var members = new LinkedHashMap<String, ProjectDirectory>();
        directoriesByRealPath.values().forEach(directory -> {
            var named = named(directory);
            var member = members.containsKey(named.member()) ? withPathAsName(directory) : named;
            members.put(member.member(), member);
        });
        return List.copyOf(members.values());
    }

    private void addPackages(ProjectDirectory root) {
        root.json(PackageScripts.FILE).ifPresent(manifest -> {
            var workspaces = manifest.path("workspaces");
            addPatterns(workspaces.isObject() ? workspaces.path("packages") : workspaces, PackageScripts.FILE);
        });
        root.yaml("pnpm-workspace.yaml")
                .ifPresent(workspace -> addPatterns(workspace.path("packages"), PackageScripts.FILE));
        root.json("lerna.json").ifPresent(lerna -> addPatterns(lerna.path("packages"), PackageScripts.FILE));
    }

    private void addCrates(ProjectDirectory root) {
        root.toml(CargoCommands.FILE).ifPresent(manifest -> {
            var workspace = manifest.path("workspace");
            addPatterns(workspace.path("members"), CargoCommands.FILE);
            JsonText.texts(workspace.path("exclude"))
                    .forEach(pattern -> excluded.addAll(MemberPattern.parse(pattern, CargoCommands.FILE)));
        });
    }

    private void addPatterns(JsonNode patterns, String manifest) {
        for (String pattern : JsonText.texts(patterns)) {
            if (included.size() + excluded.size() >= Limits.SCRIPT_MEMBERS_MAX) {
                search.warn("Only the first " + Limits.SCRIPT_MEMBERS_MAX
                        + " patterns for members of the monorepo are used. Use fewer patterns.");
                return;
            }
            if (pattern.startsWith("!")) {
                excluded.addAll(MemberPattern.parse(pattern.substring(1), manifest));
            } else {
                included.addAll(MemberPattern.parse(pattern, manifest));
            }
        }
    }

    private void addDirectory(Path directory) {
        var relative = search.rootPath().relativize(directory);
        if (directory.equals(search.rootPath()) || excluded.stream().anyMatch(pattern -> pattern.matches(relative))) {
            return;
        }
        if (!PlainText.isName(relative.toString())) {
            search.warn(
                    relative + " was left out: its path is too long or has characters that are not shown. Rename it.");
            return;
        }
        try {
            var real = directory.toRealPath();
            if (directoriesByRealPath.size() < Limits.SCRIPT_MEMBERS_MAX) {
                directoriesByRealPath.putIfAbsent(real, directory);
            } else if (!directoriesByRealPath.containsKey(real)) {
                search.warn("Only the scripts of the first " + Limits.SCRIPT_MEMBERS_MAX
                        + " members of the monorepo are listed. Name the directory of a member to see its scripts.");
            }
        } catch (IOException e) {
            search.warn(relative + " was left out: the directory cannot be read.");
        }
    }

    /** Under the name the member gives itself. */
    private ProjectDirectory named(Path directory) {
        var member = withPathAsName(directory);
        String name = member.json(PackageScripts.FILE)
                .map(manifest -> manifest.path("name").asText())
                .filter(PlainText::isName)
                .or(() -> member.toml(CargoCommands.FILE)
                        .map(manifest -> manifest.path("package").path("name").asText())
                        .filter(PlainText::isName))
                .orElse(member.member());
        return new ProjectDirectory(search, directory, name);
    }

    private ProjectDirectory withPathAsName(Path directory) {
        return new ProjectDirectory(
                search, directory, search.rootPath().relativize(directory).toString());
    }
}
