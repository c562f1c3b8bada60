package io.millrace.channel.script;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tasks of a {@code Rakefile} that are named in lines of their own, with what the {@code desc} above says. A file is only
 * read, not run, so tasks in name spaces and computed ones are not found.
 */
final class RakeTasks implements ScriptSource {
    private static final String TOOL = "rake";
    private static final Pattern TASK = Pattern.compile("task[ (]+(?::(\\w+)|:?\"([\\w:-]+)\"|:?'([\\w:-]+)'|(\\w+):)");
    private static final Pattern DESCRIPTION = Pattern.compile("desc[ (]+(?:\"([^\"]*)\"|'([^']*)')");

    @Override
    public void find(ProjectDirectory directory) {
        directory.firstOf("rakefile", "Rakefile", "rakefile.rb", "Rakefile.rb").ifPresent(file -> {
            String description = "";
            for (String line : directory.lines(file)) {
                var described = DESCRIPTION.matcher(line);
                var task = TASK.matcher(line);
                if (described.lookingAt()) {
                    description = firstGroup(described);
                } else if (task.lookingAt()) {
                    String name = firstGroup(task);
                    directory.add(TOOL, name, file, description, command(directory, name));
                    description = "";
                }
            }
        });
    }

    private static List<String> command(ProjectDirectory directory, String name) {
        var command = new ArrayList<String>();
        if (directory.has("Gemfile")) {
            command.addAll(List.of("bundle", "exec"));
        }
        command.addAll(List.of(TOOL, name));
        return command;
    }

    private static String firstGroup(Matcher matcher) {
        for (int group = 1; group <= matcher.groupCount(); group++) {
            String text = matcher.group(group);
            if (text != null) {
                return text;
            }
        }
        return "";
    }
}
