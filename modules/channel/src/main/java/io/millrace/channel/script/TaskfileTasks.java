package io.millrace.channel.script;

import java.util.List;

/** Tasks of a {@code Taskfile.yml} that are not internal. Tasks of included files are not looked for. */
final class TaskfileTasks implements ScriptSource {
    private static final String TOOL = "task";
    private static final String[] FILES = {
        "Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml",
        "Taskfile.dist.yml", "taskfile.dist.yml", "Taskfile.dist.yaml", "taskfile.dist.yaml"
    };

    @Override
    public void find(ProjectDirectory directory) {
        directory
                .firstOf(FILES)
                .ifPresent(file -> directory
                        .yaml(file)
                        .ifPresent(taskfile -> taskfile.path("tasks")
                                .properties()
                                .forEach(task -> {
                                    var value = task.getValue();
                                    boolean isInternal =
                                            value.path("internal").asText().equals("true");
                                    if (!isInternal && !task.getKey().contains("*")) {
                                        String description = value.path("desc").asText(value.asText());
                                        directory.add(
                                                TOOL, task.getKey(), file, description, List.of(TOOL, task.getKey()));
                                    }
                                })));
    }
}
