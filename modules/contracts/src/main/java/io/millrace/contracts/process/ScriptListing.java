package io.millrace.contracts.process;

import java.util.List;

/**
 * What can be started in a directory.
 *
 * @param scripts in the order of the tools, those of members of a monorepo behind all others
 * @param warnings what could not be read or was left out, why, and what to do about it
 */
public record ScriptListing(List<ScriptView> scripts, List<String> warnings) {
    public ScriptListing {
        scripts = List.copyOf(scripts);
        warnings = List.copyOf(warnings);
    }
}
