package io.millrace.contracts.process;

import java.util.List;

/**
 * Something that can be started in a directory, found there.
 *
 * @param name unique in the listing: the script's own name, behind {@code <member>:} if it belongs to a member of a
 *     monorepo, and behind {@code <tool>:} if another tool has one of the same name
 * @param tool what runs it, for example {@code pnpm}, {@code make}, {@code maven}
 * @param command argument vector that starts it
 * @param directory where it has to be started
 * @param source file in which it was found, relative to the directory that was looked at
 * @param description what the file says it does, empty if nothing
 */
public record ScriptView(
        String name, String tool, List<String> command, String directory, String source, String description) {
    public ScriptView {
        command = List.copyOf(command);
    }
}
