package io.millrace.channel.script;

import java.util.List;

/** Scripts of {@code composer.json}, but for those that Composer itself runs before and after something else. */
final class ComposerScripts implements ScriptSource {
    private static final String FILE = "composer.json";
    private static final String TOOL = "composer";

    @Override
    public void find(ProjectDirectory directory) {
        directory
                .json(FILE)
                .ifPresent(manifest -> manifest.path("scripts").properties().forEach(script -> {
                    String name = script.getKey();
                    var commands = JsonText.texts(script.getValue());
                    if (!name.startsWith("pre-") && !name.startsWith("post-") && !commands.isEmpty()) {
                        String description =
                                manifest.path("scripts-descriptions").path(name).asText(String.join("; ", commands));
                        directory.add(TOOL, name, FILE, description, List.of(TOOL, "run-script", name));
                    }
                }));
    }
}
