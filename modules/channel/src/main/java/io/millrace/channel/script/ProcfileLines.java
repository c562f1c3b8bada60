package io.millrace.channel.script;

import java.util.List;

/** Process types of a {@code Procfile}: a name, a colon and a command for the shell. */
final class ProcfileLines implements ScriptSource {
    private static final String FILE = "Procfile";

    @Override
    public void find(ProjectDirectory directory) {
        for (String line : directory.lines(FILE)) {
            int colon = line.indexOf(':');
            if (colon > 0 && !line.startsWith("#")) {
                String command = line.substring(colon + 1).strip();
                directory.add("procfile", line.substring(0, colon), FILE, command, List.of("/bin/sh", "-c", command));
            }
        }
    }
}
