package io.millrace.channel.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What runs the scripts of a {@code package.json}. The nearest of these says which one: {@code packageManager}, {@code
 * devEngines} and {@code engines} of the file, a lock file beside it, and the same in the directories above up to the root
 * of the monorepo or repository. Without any it is npm. Where several are named the first of this list counts, since npm
 * is often named only to keep people from it.
 */
enum PackageManager {
    BUN("bun.lock", "bun.lockb"),
    PNPM("pnpm-lock.yaml"),
    YARN("yarn.lock"),
    NPM("package-lock.json", "npm-shrinkwrap.json");

    @SuppressWarnings("ImmutableEnumChecker") // a list that was made by List.of
    private final List<String> lockFiles;

    PackageManager(String... lockFiles) {
        this.lockFiles = List.of(lockFiles);
    }

    /** Name of its program. */
    String command() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @param manifest the directory's own {@code package.json} */
    static PackageManager of(ProjectDirectory directory, JsonNode manifest) {
        return declared(manifest)
                .or(() -> locked(directory.path()))
                .or(() -> inherited(directory.path(), manifest))
                .orElse(NPM);
    }

    private static Optional<PackageManager> declared(JsonNode manifest) {
        String nameAndVersion = manifest.path("packageManager").asText();
        var engine = manifest.path("devEngines").path("packageManager");
        return named(nameAndVersion.split("@", 2)[0])
                .or(() -> named(engine.path("name").asText()))
                .or(() -> named(engine.path(0).path("name").asText()))
                .or(() -> first(manager -> manifest.path("engines").has(manager.command())));
    }

    private static Optional<PackageManager> locked(Path directory) {
        return first(
                manager -> manager.lockFiles.stream().anyMatch(file -> Files.isRegularFile(directory.resolve(file))));
    }

    /** What lies above by chance counts for nothing: one of the directories above has to be a root. */
    private static Optional<PackageManager> inherited(Path directory, JsonNode ownManifest) {
        var found = Optional.<PackageManager>empty();
        var current = directory;
        var manifest = ownManifest;
        for (int level = 0; level < Limits.SCRIPT_DEPTH_MAX && !isRoot(current, manifest); level++) {
            var above = current.getParent();
            if (above == null) {
                return Optional.empty();
            }
            current = above;
            manifest = manifest(above);
            if (found.isEmpty()) {
                found = declared(manifest).or(() -> locked(above));
            }
        }
        return isRoot(current, manifest) ? found : Optional.empty();
    }

    private static boolean isRoot(Path directory, JsonNode manifest) {
        return manifest.has("workspaces")
                || Files.exists(directory.resolve("pnpm-workspace.yaml"))
                || Files.exists(directory.resolve("lerna.json"))
                || Files.exists(directory.resolve(".git"));
    }

    /** A broken file above says nothing; whoever looks at that directory is warned. */
    private static JsonNode manifest(Path directory) {
        var file = directory.resolve(PackageScripts.FILE);
        try {
            return Files.isRegularFile(file) ? JsonText.object(FileText.read(file)) : MissingNode.getInstance();
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private static Optional<PackageManager> named(String name) {
        return first(manager -> manager.command().equals(name));
    }

    private static Optional<PackageManager> first(Predicate<PackageManager> condition) {
        return Arrays.stream(values()).filter(condition).findFirst();
    }
}
