package io.millrace.channel.script;

import java.util.List;

/** Tasks of {@code deno.json}. */
final class DenoTasks implements ScriptSource {
    private static final String TOOL = "deno";

    @Override
    public void find(ProjectDirectory directory) {
        directory
                .firstOf("deno.json", "deno.jsonc")
                .ifPresent(file -> directory
                        .json(file)
                        .ifPresent(settings -> settings.path("tasks")
                                .properties()
                                .forEach(task -> {
                                    var value = task.getValue();
                                    String command = value.isTextual()
                                            ? value.textValue()
                                            : value.path("command").asText();
                                    String description =
                                            value.path("description").asText(command);
                                    directory.add(
                                            TOOL,
                                            task.getKey(),
                                            file,
                                            description,
                                            List.of(TOOL, "task", task.getKey()));
                                })));
    }
}
