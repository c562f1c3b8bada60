package io.millrace.channel.script;

import java.util.List;
import java.util.regex.Pattern;

/** Tasks every Gradle build has, and those that run a program where the plugin is applied. */
final class GradleTasks implements ScriptSource {
    private static final String TOOL = "gradle";
    private static final Pattern APPLICATION = Pattern.compile("(\\bid|\\bplugin:)[ (]*[\"']application[\"']");
    private static final Pattern SPRING_BOOT =
            Pattern.compile("[\"']org\\.springframework\\.boot[\"']|\\blibs\\.plugins\\.spring\\.?boot\\b");

    @Override
    public void find(ProjectDirectory directory) {
        directory
                .firstOf("build.gradle.kts", "build.gradle", "settings.gradle.kts", "settings.gradle")
                .ifPresent(file -> {
                    var applied = directory.lines(file).stream()
                            .map(line -> line.split("//", 2)[0].strip())
                            .filter(line -> !line.contains("apply false"))
                            .toList();
                    add(directory, file, "build");
                    add(directory, file, "test");
                    if (applied.stream()
                            .anyMatch(line -> line.equals("application")
                                    || APPLICATION.matcher(line).find())) {
                        add(directory, file, "run");
                    }
                    if (applied.stream()
                            .anyMatch(line -> SPRING_BOOT.matcher(line).find())) {
                        add(directory, file, "bootRun");
                    }
                });
    }

    private static void add(ProjectDirectory directory, String file, String task) {
        directory.add(TOOL, task, file, "", List.of(directory.wrapperOr("gradlew", "gradle"), task));
    }
}
