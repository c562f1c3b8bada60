package io.millrace.domain.process;

import io.millrace.domain.Limits;
import java.util.List;

/** A command as an event shows it. */
final class ShownCommand {
    private ShownCommand() {}

    /** Its arguments in one line, cut behind {@link Limits#PROCESS_COMMAND_CHARS_MAX} characters. */
    static String of(List<String> command) {
        StringBuilder line = new StringBuilder();
        for (String argument : command) {
            line.append(line.isEmpty() ? "" : " ").append(argument);
            if (line.length() > Limits.PROCESS_COMMAND_CHARS_MAX) {
                return line.substring(0, Limits.PROCESS_COMMAND_CHARS_MAX - 1) + "…";
            }
        }
        return line.toString();
    }
}
