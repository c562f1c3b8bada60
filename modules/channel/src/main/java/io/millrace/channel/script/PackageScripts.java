package io.millrace.channel.script;

import java.util.List;

/** Scripts of {@code package.json}, run by the package manager the project has chosen. */
final class PackageScripts implements ScriptSource {
    static final String FILE = "package.json";

    @Override
    public void find(ProjectDirectory directory) {
        directory.json(FILE).ifPresent(manifest -> {
            var scripts = manifest.path("scripts");
            if (scripts.isEmpty()) {
                return;
            }
            String tool = PackageManager.of(directory, manifest).command();
            scripts.properties().forEach(script -> {
                if (script.getValue().isTextual()) {
                    String name = script.getKey();
                    directory.add(tool, name, FILE, script.getValue().textValue(), List.of(tool, "run", name));
                }
            });
        });
    }
}
